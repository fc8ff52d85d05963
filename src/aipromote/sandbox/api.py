"""The API under /api/v1: posts, media, accounts and metrics, with the faults that are switched on."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from aipromote import clock
from aipromote.sandbox import accounts, damage, engagement, faults, grades, posts, processing
from aipromote.sandbox.accounts import Account
from aipromote.sandbox.answers import RATE_LIMIT, ApiError, account_of
from aipromote.sandbox.faults import Fault
from aipromote.sandbox.posts import Post
from aipromote.sandbox.store import STORE, Store, instant, stamp

PAGE = 50
MAX_MEDIA_BYTES = 10_000_000
MEDIA_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"})
routes = web.RouteTableDef()


@routes.post("/api/v1/posts")
async def publish(request: web.Request) -> web.StreamResponse:
    """Store a post. The key is kept for look-ups; a repeated key is a second post, and the audit shows it."""
    account = account_of(request, scope="posts.write")
    headers = request.app[RATE_LIMIT].count(account)
    store = request.app[STORE]
    wanted = await _body(request)
    text, media, reply_to = _text(wanted), _media(store, account, wanted), _reply_to(store, wanted)
    if not text.strip() and not media:
        raise ApiError(422, "empty", "A post needs words or a file.")
    hits = faults.draw(store, target="publish", account=account.number)
    damage.refuse(request, hits)
    key = request.headers.get("Idempotency-Key")
    if account.grade == "A" and key and (first := posts.first_by_key(store, account, key)):
        work = processing.by_post(store, first.number)
        again = work.told() if work and work.status == "processing" else shown(request, first)
        return await damage.spoil(request, hits, again, status=200, headers=headers)
    since = stamp() - grades.REPEAT_SECONDS
    if account.grade == "C" and posts.is_repeat(store, account, text=text, media=media, reply_to=reply_to, since=since):
        raise ApiError(409, "duplicate", "This account has just posted the same.")
    delay, needs_work = _hidden_for(hits)
    post = posts.create(store, account, text=text, key=key, reply_to=reply_to, media=media, delay=delay)
    if needs_work is None:
        return await damage.spoil(request, hits, shown(request, post), status=201, headers=headers)
    is_refused = needs_work.kind == "processing_refused"
    work = processing.begin(store, post, seconds=needs_work.seconds, refused=is_refused)
    return await damage.spoil(request, hits, work.told(), status=202, headers=headers)


def _hidden_for(hits: dict[str, Fault]) -> tuple[float, Fault | None]:
    """How long the post stays hidden, and the fault that makes the network work on it first."""
    if needs_work := hits.get("processing") or hits.get("processing_refused"):
        return (processing.NEVER if needs_work.kind == "processing_refused" else needs_work.seconds), needs_work
    return (hits["delayed_visibility"].seconds if "delayed_visibility" in hits else 0.0), None


@routes.get("/api/v1/posts/status/{handle}")
async def status(request: web.Request) -> web.Response:
    """What became of a post of one's own that the network took and worked on."""
    account, store = _reader(request, scope="posts.read"), request.app[STORE]
    work = processing.by_handle(store, request.match_info["handle"])
    post = posts.find(store, work.post) if work else None
    if work is None or post is None or post.account != account.number:
        raise ApiError(404, "not_found", "There is no such handle.")
    more = {"post": shown(request, post)} if work.status == "published" else {}
    return web.json_response(work.told() | more)


@routes.get("/api/v1/posts/by-key/{key}")
async def find_by_key(request: web.Request) -> web.Response:
    """The account's visible posts that came with this key; 404 where there is none (yet).

    Where the last one needs or needed work and does not show, what `status` says of it.
    """
    account, store = _reader(request, scope="posts.read"), request.app[STORE]
    if not grades.finds_by_key(account.grade):
        raise ApiError(404, "no_look_up_by_key", "Posts of this account cannot be looked up by their key.")
    key = request.match_info["key"]
    if found := posts.by_key(store, account, key):
        return web.json_response({"posts": [shown(request, post) for post in found]})
    newest = posts.newest_by_key(store, account, key)
    work = processing.by_post(store, newest.number) if newest else None
    if work is None or work.status == "published":  # and was deleted since
        raise ApiError(404, "not_found", "No visible post has this key.")
    return web.json_response(work.told())


@routes.delete("/api/v1/posts/{id}")
async def delete(request: web.Request) -> web.Response:
    """Take one's own post down; 404 where it is gone."""
    account = account_of(request, scope="posts.write")
    posts.remove(request.app[STORE], _own(request, account))
    return web.Response(status=204)


@routes.get("/api/v1/posts/{id}/metrics")
async def metrics(request: web.Request) -> web.Response:
    """The simulated counters of one's own post; null where the platform stood in for reports none."""
    account = _reader(request, scope="metrics.read")
    post = _own(request, account)
    values = engagement.counters(subject(account, post), at=clock.now())
    return web.json_response({"simulated": True, "metrics": values})


@routes.post("/api/v1/media")
async def upload(request: web.Request) -> web.Response:
    """Store a file: its bytes are the body, words for those who do not see it go into the query as `alt`."""
    account = account_of(request, scope="posts.write")
    if request.content_type not in MEDIA_TYPES:
        raise ApiError(422, "media_type", f"{request.content_type} is not accepted.")
    number = request.app[STORE].insert(
        "INSERT INTO media (account, mime_type, alt_text, content) VALUES (?, ?, ?, ?)",
        (account.number, request.content_type, request.query.get("alt", "")[:2000], await request.read()),
    )
    return web.json_response({"id": f"m{number}"}, status=201)


@routes.get("/api/v1/accounts/me")
async def me(request: web.Request) -> web.Response:
    """The account behind the token. Followers are simulated: a seeded start and what its posts gained."""
    account = _reader(request, scope="posts.read")
    store, now = request.app[STORE], clock.now()
    mine = [post for post in posts.everything(store, account=account.number) if posts.is_visible(post)]
    gained = sum(engagement.followers_gained(subject(account, post), at=now) for post in mine)
    return web.json_response(
        {
            "id": account.id,
            "handle": account.handle,
            "display_name": f"{account.handle} (standing in for {account.label})",
            "platform": account.platform,
            "url": f"{request.url.origin()}/?account={account.id}",
            "followers": account.followers + gained,
            "following": account.seed % 300,
            "posts": len(mine),
        }
    )


@routes.get("/api/v1/accounts/{id}/posts")
async def listing(request: web.Request) -> web.Response:
    """One's own listed posts, newest first, at most 50 at a time (`before`: an id; `next`: where to go on)."""
    account = _reader(request, scope="posts.read")
    if request.match_info["id"] != account.id:
        raise ApiError(404, "not_found", "Only one's own posts can be listed.")
    before = request.query.get("before")
    found = posts.recent(
        request.app[STORE], account=account.number, limit=PAGE, before=posts.number_of(before) if before else None
    )
    complete_until = grades.complete_until(request.app[STORE], account)
    return web.json_response(
        {
            "posts": [
                grades.as_listed(account.grade, post, shown(request, post))
                for post in found
                if grades.is_listed(account.grade, post)
            ],
            "next": found[-1].id if len(found) == PAGE else None,
            "complete_until": complete_until.isoformat() if complete_until else None,
        }
    )


def shown(request: web.Request, post: Post) -> dict[str, Any]:
    """A post as the API shows it."""
    return {
        "id": post.id,
        "account": f"a{post.account}",
        "url": f"{request.scheme}://{request.host}/posts/{post.id}",
        "text": post.text,
        "key": post.key,
        "reply_to": f"p{post.reply_to}" if post.reply_to else None,
        "media": [f"m{number}" for number in post.media],
        "created_at": instant(post.created_at).isoformat(),
    }


def subject(account: Account, post: Post) -> engagement.Subject:
    """What the simulated audience knows of a post."""
    return engagement.Subject(
        seed=post.seed,
        taste_seed=account.seed,
        platform=account.platform,
        followers=account.followers,
        text=post.text,
        has_media=bool(post.media),
        created_at=instant(post.created_at),
    )


def _reader(request: web.Request, *, scope: str) -> Account:
    account = account_of(request, scope=scope)
    damage.refuse(request, faults.draw(request.app[STORE], target="read", account=account.number))
    return account


def _own(request: web.Request, account: Account) -> Post:
    post = posts.find(request.app[STORE], posts.number_of(request.match_info["id"]))
    if post is None or post.account != account.number or not posts.is_visible(post):
        raise ApiError(404, "not_found", "There is no such post.")
    return post


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        wanted = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, "invalid_json", "The body is not JSON.") from error
    if not isinstance(wanted, dict):
        raise ApiError(400, "invalid_json", "The body is not an object.")
    return wanted


def _text(wanted: dict[str, Any]) -> str:
    text = wanted.get("text", "")
    if not isinstance(text, str) or len(text.encode(errors="replace")) > posts.MAX_BYTES:
        raise ApiError(422, "text", f"The text must be a string of at most {posts.MAX_BYTES} bytes.")
    return text


def _reply_to(store: Store, wanted: dict[str, Any]) -> Post | None:
    name = wanted.get("reply_to")
    if name is None:
        return None
    post = posts.find(store, posts.number_of(str(name)))
    if post is None or post.deleted_at is not None:
        raise ApiError(422, "reply_target_gone", "The post to reply to does not exist.")
    return post


def _media(store: Store, account: Account, wanted: dict[str, Any]) -> list[int]:
    numbers = [posts.number_of(str(name), letter="m") for name in wanted.get("media") or ()]
    for number in numbers:
        if not store.one("SELECT 1 FROM media WHERE number = ? AND account = ?", (number, account.number)):
            raise ApiError(422, "media_gone", "A file to attach does not exist.")
    return numbers


def account_named(store: Store, name: str) -> Account | None:
    """The account of an id or handle; None for no name, ApiError 404 for an unknown one."""
    if not name:
        return None
    account = accounts.find(store, name)
    if account is None:
        raise ApiError(404, "not_found", f"There is no account {name}.")
    return account
