"""Facts: what may be claimed, with its sources and last days; and a box to try a text against them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.brand import actions, queries
from aipromote.connectors import limits
from aipromote.documents.facts import FactKind
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay, Viewing
from aipromote.languages import _
from aipromote.web.findings import marked, shown_claims
from aipromote.web.render import page

router = APIRouter()

_TRIED = (
    Platform.LINKEDIN,
    Platform.TWITTER,
    Platform.INSTAGRAM,
    Platform.THREADS,
    Platform.BLUESKY,
    Platform.FACEBOOK,
)
_LONGEST = 20_000


@router.get("/facts")
async def facts_page(request: Request, stay: Viewing) -> Response:
    """The library."""
    return await _shown(request, stay)


@router.post("/facts")
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
        return await _shown(request, stay, status=refused.status, problem=refused.message, written=written)
    return see_other("/facts", Notice(_("Recorded. Texts may claim it from now on.")))


@router.post("/facts/try")
async def try_text(
    request: Request,
    stay: Viewing,
    text: Annotated[str, Form()] = "",
    platform: Annotated[Platform, Form()] = _TRIED[0],
) -> Response:
    """Check a text that nobody has saved. Nothing is kept of it."""
    tried = text.replace("\r\n", "\n")[:_LONGEST]
    judge = await queries.judge(stay.session, organization_id=stay.organization_id)
    findings = judge.findings(tried, platform=platform, limits=limits.of(platform)) if tried.strip() else []
    claims = shown_claims(judge, tried, clock.now().date())
    result = {
        "text": tried,
        "platform": platform,
        "findings": [marked(one, tried) for one in findings],
        "claims": claims,
    }
    return await _shown(request, stay, tried=result)


@router.post("/facts/{fact_id}/expire")
async def expire(stay: Editing, fact_id: UUID) -> Response:
    """From today on it proves nothing."""
    await actions.expire_fact(stay.session, stay.actor, organization_id=stay.organization_id, fact_id=fact_id)
    return see_other("/facts", Notice(_("It proves nothing any more. Texts that rest on it are stopped."), "careful"))


@router.post("/facts/{fact_id}/remove")
async def remove(stay: Editing, fact_id: UUID) -> Response:
    """Take it out of the library."""
    await actions.remove_fact(stay.session, stay.actor, organization_id=stay.organization_id, fact_id=fact_id)
    return see_other("/facts", Notice(_("Removed. Texts that rest on it are stopped."), "careful"))


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written.strip()) if written.strip() else None
    except ValueError:
        raise InvalidInput("Write the last day as 2027-12-31.", field="expires") from None


async def _shown(request: Request, stay: Stay, *, status: int = 200, **values: Any) -> Response:
    today = clock.now().date()
    found = await queries.facts(stay.session, organization_id=stay.organization_id)
    blank = {"statement": "", "source": "", "kind": FactKind.METRIC, "expires": ""}
    values = {"problem": "", "written": blank, "tried": None, **values}
    return page(
        request,
        "facts.html",
        stay=stay,
        status=status,
        facts=[(fact, fact.state_on(today)) for fact in found],
        kinds=list(FactKind),
        platforms=_TRIED,
        **values,
    )
