"""The feed that people look at: what was really received, the faults one can switch on, and the audit behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aipromote import clock
from aipromote.sandbox import accounts, engagement, faults, grades, grants, posts, processing, refusals
from aipromote.sandbox.accounts import Account
from aipromote.sandbox.answers import ApiError
from aipromote.sandbox.api import account_named, subject
from aipromote.sandbox.pages import page
from aipromote.sandbox.posts import Post
from aipromote.sandbox.store import STORE, Store, instant

PAGE = 30
_STYLE = Path(__file__).with_name("style.css")
_BUTTONS = {
    "refuse": ("Refuse", "Say no to the next post"),
    "policy_blocked": ("Censor", "Find that the next post breaks the rules"),
    "media_rejected": ("Dislike a file", "Refuse the next post for its file"),
    "processing": ("Take time", "Work on the next post for 30 seconds"),
    "processing_refused": ("Take time, refuse", "Work on the next post, then refuse it"),
    "store_then_drop": ("Store, then drop", "Keep the next post, cut the line before answering"),
    "store_then_500": ("Store, then fail", "Keep the next post, answer with an error"),
    "html": ("Store, show a page", "Keep the next post, answer with a web page"),
    "duplicate": ("Call it a repeat", "Claim to have the next post already"),
    "drop_unstored": ("Drop", "Lose the next post and the line"),
    "slow": ("Slow", "Answer the next post 15 seconds late"),
    "delayed_visibility": ("Show late", "Show the next post after 40 seconds"),
    "rate_limit": ("Rate limit", "Ask for a minute's wait"),
    "account_limit": ("Use up the day", "Ask for a day's wait"),
    "unavailable": ("Be away", "Answer 503 to the next post"),
    "permission_missing": ("Miss a permission", "Say that the grant is too small"),
    "billing_exhausted": ("Want money", "Say that the operator's contract is used up"),
    "expire_tokens": ("Expire tokens", "End access tokens now; refreshing works"),
    "revoke_tokens": ("Revoke tokens", "End all tokens now; accounts must connect again"),
}
routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class Card:
    """One post as the feed shows it, with the rest of its thread."""

    post: Post
    account: Account
    at: datetime
    counters: dict[str, int]
    media: tuple[dict[str, str], ...]
    replies: tuple[Card, ...] = ()


class FaultWanted(BaseModel):
    """A fault to switch on, from JSON or from a form."""

    model_config = ConfigDict(extra="forbid")

    kind: faults.Kind
    target: Annotated[str, Field(pattern="^(publish|read|token)$")] = "publish"
    account: str = ""
    times: Annotated[int, Field(ge=1)] | None = None
    probability: Annotated[float, Field(gt=0, le=1)] | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None
    style: refusals.WaitStyle = "seconds"
    seed: int = 0


class GradeWanted(BaseModel):
    """The grade that an account is to have."""

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str, Field(min_length=1)]
    grade: grades.Grade


@routes.get("/")
async def feed(request: web.Request) -> web.Response:
    """Newest threads first, of all accounts or of one."""
    store = request.app[STORE]
    chosen = account_named(store, request.query.get("account", ""))
    before = request.query.get("before")
    roots = posts.recent(
        store,
        account=chosen.number if chosen else None,
        limit=PAGE + 1,
        before=posts.number_of(before) if before else None,
        roots=True,
    )
    return _feed_page(store, roots, chosen=chosen)


@routes.get("/posts/{id}")
async def thread(request: web.Request) -> web.Response:
    """One thread by itself: the permanent address of each of its posts."""
    store = request.app[STORE]
    post = posts.find(store, posts.number_of(request.match_info["id"]))
    root = posts.find(store, post.root) if post and post.root else post
    if root is None or post is None or not posts.is_visible(post):
        return page("gone.html", status=404)
    return _feed_page(store, [root], chosen=None, single=True)


@routes.get("/media/{id}")
async def media(request: web.Request) -> web.Response:
    """A file as it was uploaded; its type is one of those that uploads allow."""
    number = posts.number_of(request.match_info["id"], letter="m")
    row = request.app[STORE].one("SELECT mime_type, content FROM media WHERE number = ?", (number,))
    if row is None:
        raise web.HTTPNotFound
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return web.Response(body=row["content"], content_type=row["mime_type"], headers=headers)


@routes.get("/style.css")
async def style(_request: web.Request) -> web.FileResponse:
    """The one style sheet."""
    return web.FileResponse(_STYLE)


@routes.post("/faults")
async def switch_on(request: web.Request) -> web.Response:
    """Switch a fault on, from a program (JSON) or from the feed's buttons (a form)."""
    from_page = request.content_type != "application/json"
    given = dict(await request.post()) if from_page else await request.json()
    try:
        wanted = FaultWanted.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ApiError(422, "fault", f"{where}: {first['msg']}") from error
    store = request.app[STORE]
    account = account_named(store, wanted.account)
    settings = wanted.model_dump(exclude={"account"})
    number = faults.switch_on(store, account=account.number if account else None, **settings)
    return _back_to_feed(account) if from_page else web.json_response({"fault": number}, status=201)


@routes.post("/faults/clear")
@routes.delete("/faults")
async def clear(request: web.Request) -> web.Response:
    """Switch all faults off."""
    cleared = faults.clear(request.app[STORE])
    return _back_to_feed(None) if request.method == "POST" else web.json_response({"cleared": cleared})


@routes.post("/grades")
async def set_grade(request: web.Request) -> web.Response:
    """Choose how sure clients can be of an account's posts. Its access tokens end: the next ones say what holds now."""
    from_page = request.content_type != "application/json"
    given = dict(await request.post()) if from_page else await request.json()
    try:
        wanted = GradeWanted.model_validate(given)
    except ValidationError as error:
        raise ApiError(422, "grade", f"Give an account and one of {', '.join(grades.GRADES)} as its grade.") from error
    store = request.app[STORE]
    account = account_named(store, wanted.account)
    assert account is not None
    accounts.set_grade(store, account, wanted.grade)
    grants.end_all(store, account=account.number, kinds=("access",))
    answer = {"account": account.id, "grade": wanted.grade}
    return _back_to_feed(account) if from_page else web.json_response(answer)


@routes.get("/audit")
async def audit(request: web.Request) -> web.Response:
    """Everything ever received, also hidden and deleted posts, and the keys that came more than once.

    A post that is being worked on counts once, like any other; one that was refused in the end is no duplicate of the
    next try.
    """
    store = request.app[STORE]
    chosen = account_named(store, request.query.get("account", ""))
    known = {account.number: account for account in accounts.every(store)}
    received = posts.everything(store, account=chosen.number if chosen else None)
    works = processing.everything(store)
    became = {post.number: works[post.number].status if post.number in works else "published" for post in received}
    keys = Counter(
        f"{known[post.account].id}/{post.key}"
        for post in received
        if post.key is not None and became[post.number] != "refused"
    )
    return web.json_response(
        {
            "received": len(received),
            "duplicates": {key: count for key, count in keys.items() if count > 1},
            "posts": [_audited(post, known[post.account], became[post.number]) for post in received],
        }
    )


def _audited(post: Post, account: Account, became: str) -> dict[str, object]:
    never_shows = post.visible_at >= processing.NEVER
    return {
        "id": post.id,
        "account": account.id,
        "handle": account.handle,
        "platform": account.platform,
        "key": post.key,
        "grade": account.grade,
        "status": became,
        "text_sha256": post.text_digest,
        "reply_to": f"p{post.reply_to}" if post.reply_to else None,
        "received_at": instant(post.created_at).isoformat(),
        "visible_at": None if never_shows else instant(post.visible_at).isoformat(),
        "deleted_at": instant(post.deleted_at).isoformat() if post.deleted_at else None,
    }


def _feed_page(store: Store, roots: list[Post], *, chosen: Account | None, single: bool = False) -> web.Response:
    everybody = accounts.every(store)
    known = {account.number: account for account in everybody}
    cards = [_card(store, known, root, replies=posts.replies(store, root)) for root in roots[:PAGE]]
    return page(
        "feed.html",
        cards=cards,
        accounts=accounts.shown(store),
        chosen=chosen,
        single=single,
        older=roots[PAGE - 1].id if len(roots) > PAGE else None,
        buttons=_BUTTONS,
        grades=grades.LABELS,
        active=[(fault.words, known.get(fault.account or 0)) for fault in faults.switched_on(store)],
        now=clock.now(),
        clock_is_simulated=clock.is_simulated(),
    )


def _card(store: Store, known: dict[int, Account], post: Post, *, replies: list[Post]) -> Card:
    account = known[post.account]
    values = engagement.counters(subject(account, post), at=clock.now())
    return Card(
        post=post,
        account=account,
        at=instant(post.created_at),
        counters={name: count for name, count in values.items() if count is not None and name != "followers_delta"},
        media=_media(store, post),
        replies=tuple(_card(store, known, reply, replies=[]) for reply in replies),
    )


def _media(store: Store, post: Post) -> tuple[dict[str, str], ...]:
    if not post.media:
        return ()
    marks = ", ".join("?" * len(post.media))
    rows = store.all(f"SELECT number, mime_type, alt_text FROM media WHERE number IN ({marks})", post.media)  # noqa: S608 -- only question marks are put in
    return tuple({"src": f"/media/m{row['number']}", "type": row["mime_type"], "alt": row["alt_text"]} for row in rows)


def _back_to_feed(account: Account | None) -> web.Response:
    location = f"/?account={account.id}" if account else "/"
    return web.Response(status=303, headers={"Location": location})
