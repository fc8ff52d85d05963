"""Facts: what may be claimed, with its sources and last days; looking through them, changing them, trying a text."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.brand import actions, queries
from aipromote.documents.facts import Fact, FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput, NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay, Viewing
from aipromote.languages import Lazy, _, known, lazy
from aipromote.scheduling.leaning import leaning_on
from aipromote.web import trying
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/facts"
_AT_ONCE = 100

Show = Literal["all", "holds", "soon", "ended"]
_STATES: Final[dict[Show, str]] = {"holds": "holds", "soon": "ends soon", "ended": "expired"}
SHOWN: Final[dict[Show, Lazy]] = {
    "all": lazy("All facts"),
    "holds": lazy("Valid"),
    "soon": lazy("Ends soon"),
    "ended": lazy("Expired"),
}
KINDS: Final[dict[FactKind, Lazy]] = {
    FactKind.METRIC: lazy("A number"),
    FactKind.CUSTOMER: lazy("A customer"),
    FactKind.AWARD: lazy("An award"),
    FactKind.PRESS: lazy("Press"),
    FactKind.OTHER: lazy("Other"),
}


@router.get(_PAGE)
async def facts_page(
    request: Request, stay: Viewing, *, show: Show = "all", q: str = "", start: int = 0, edit: UUID | None = None
) -> Response:
    """The library, or those of it that were asked for. `edit` opens one of them."""
    return await _shown(request, stay, show=show, q=q, start=start, edit=edit)


@router.post(_PAGE)
async def add(
    request: Request,
    stay: Editing,
    *,
    statement: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    kind: Annotated[FactKind, Form()] = FactKind.OTHER,
    expires: Annotated[str, Form()] = "",
) -> Response:
    """Record a fact. What does not fit is shown beside what was written."""
    try:
        async with stay.trying():
            await actions.add_fact(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                statement=statement,
                source=source,
                kind=kind,
                expires_on=_day(expires),
            )
    except InvalidInput as refused:
        written = {"statement": statement, "source": source, "kind": kind, "expires": expires}
        return await _shown(request, stay, status=refused.status, refused=refused, written=written)
    return see_other(_PAGE, Notice(_("Recorded. Texts may claim it from now on.")))


@router.post(_PAGE + "/try")
async def try_text(
    request: Request,
    stay: Viewing,
    text: Annotated[str, Form()] = "",
    platform: Annotated[Platform, Form()] = trying.NETWORKS[0],
) -> Response:
    """Check a text that nobody has saved. Nothing is kept of it."""
    judge = await queries.judge(stay.session, organization_id=stay.organization_id)
    return await _shown(request, stay, tried=trying.tried(judge, text, platform))


@router.post(_PAGE + "/{fact_id}")
async def change(
    request: Request,
    stay: Editing,
    fact_id: UUID,
    *,
    statement: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    kind: Annotated[FactKind, Form()] = FactKind.OTHER,
    expires: Annotated[str, Form()] = "",
) -> Response:
    """Let the fact say something else. Posts that rested on what it said, and do not any more, are told."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "fact_id": fact_id}
    before = await leaning_on(stay.session, **mine)
    try:
        async with stay.trying():
            await actions.change_fact(
                stay.session,
                stay.actor,
                **mine,
                statement=statement,
                source=source,
                kind=kind,
                expires_on=_day(expires),
            )
    except InvalidInput as refused:
        written = {"statement": statement, "source": source, "kind": kind, "expires": expires}
        return await _shown(request, stay, status=refused.status, refused=refused, written=written, edit=fact_id)
    after = {post.post_id for post in (await leaning_on(stay.session, **mine)).posts}
    lost = [post for post in before.posts if post.post_id not in after]
    return see_other(f"{_PAGE}#{fact_id}", _told(_("Changed. The audit trail keeps what it said before."), len(lost)))


@router.post(_PAGE + "/{fact_id}/expire")
async def expire(stay: Editing, fact_id: UUID) -> Response:
    """From today on it proves nothing."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "fact_id": fact_id}
    leaning = await leaning_on(stay.session, **mine)
    await actions.expire_fact(stay.session, stay.actor, **mine)
    return see_other(_PAGE, _told(_("It proves nothing any more."), len(leaning.posts)))


@router.post(_PAGE + "/{fact_id}/remove")
async def remove(stay: Editing, fact_id: UUID) -> Response:
    """Take it out of the library."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "fact_id": fact_id}
    leaning = await leaning_on(stay.session, **mine)
    await actions.remove_fact(stay.session, stay.actor, **mine)
    return see_other(_PAGE, _told(_("Removed."), len(leaning.posts)))


def _told(done: str, lost: int) -> Notice:
    """What was done, and what it means for the posts that are still to go out."""
    if not lost:
        return Notice(done, details=(_("None of the next posts rests on it."),))
    stopped = _("Scheduled posts that rested on it: %(n)s. They are stopped until a text or a fact is changed.", n=lost)
    return Notice(done, "careful", (stopped,))


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written.strip()) if written.strip() else None
    except ValueError:
        raise InvalidInput("Write the last day as 2027-12-31.", field="expires") from None


def _blank() -> dict[str, Any]:
    return {"statement": "", "source": "", "kind": FactKind.METRIC, "expires": ""}


def _fits(fact: Fact, words: str) -> bool:
    said = f"{fact.statement} {fact.source}".casefold()
    return all(word in said for word in words.casefold().split())


async def _shown(
    request: Request,
    stay: Stay,
    *,
    status: int = 200,
    show: Show = "all",
    q: str = "",
    start: int = 0,
    edit: UUID | None = None,
    refused: InvalidInput | None = None,
    written: dict[str, Any] | None = None,
    tried: trying.Tried | None = None,
) -> Response:
    today = clock.now().date()
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    known_facts = [(fact, fact.state_on(today)) for fact in await queries.facts(stay.session, **mine)]
    found = [one for one in known_facts if show == "all" or one[1] == _STATES[show]]
    found = [one for one in reversed(found) if _fits(one[0], q)]
    open_one = next((fact for fact, _state in known_facts if fact.id == edit), None)
    if edit is not None and open_one is None:
        raise NotFound("There is no such fact.")
    leaning = await leaning_on(stay.session, **mine, fact_id=edit) if edit is not None else None
    start = max(0, start)
    return page(
        request,
        "facts.html",
        stay=stay,
        status=status,
        facts=found[start : start + _AT_ONCE],
        more=start + _AT_ONCE if len(found) > start + _AT_ONCE else 0,
        count=len(found),
        counts={key: sum(key == "all" or state == _STATES[key] for _, state in known_facts) for key in SHOWN},
        shown=SHOWN,
        show=show,
        q=q,
        open_one=open_one,
        leaning=leaning,
        kinds=KINDS,
        problem=known(refused.message) if refused else "",
        wrong=refused.field if refused else "",
        written=written or _blank(),
        networks=trying.NETWORKS,
        tried=tried,
    )
