"""Results: the weekly letters of the coach."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from aipromote.coach import actions, proposing, queries
from aipromote.errors import Conflict, NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Editing, Reading
from aipromote.languages import _
from aipromote.web.render import page

router = APIRouter()

_NOTE = re.compile(r"\[\^(\d{1,4})\]")
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


@router.get("/summaries")
async def summaries_page(request: Request, stay: Reading) -> Response:
    """All letters, the newest first."""
    found = await queries.summaries(stay.session, organization_id=stay.organization_id)
    weeks = [summary.week_start for summary in found]
    simulated = await queries.simulated_weeks(stay.session, organization_id=stay.organization_id, weeks=weeks)
    return page(request, "summaries.html", stay=stay, summaries=found, simulated=simulated)


@router.get("/summaries/{week}")
async def summary_page(request: Request, stay: Reading, week: date) -> Response:
    """One week in words and numbers."""
    found = await queries.summary(stay.session, organization_id=stay.organization_id, week_start=week)
    if found is None:
        raise NotFound("There is no summary of this week.")
    simulated = await queries.simulated_weeks(stay.session, organization_id=stay.organization_id, weeks=[week])
    return page(
        request,
        "summary.html",
        stay=stay,
        summary=found,
        letter=letter(found.report_md),
        is_simulated=found.week_start in simulated,
    )


@router.post("/summaries/{week}/accept")
async def accept(stay: Administering, week: date) -> Response:
    """Take the week's advice."""
    await actions.accept(stay.session, stay.actor, organization_id=stay.organization_id, week_start=week)
    proposal = await proposing.propose(stay.session, stay.actor, organization_id=stay.organization_id, week_start=week)
    if proposal is not None:
        told = Notice(
            _(
                "Accepted. This is what it would change: version %(version)s, for you to decide on.",
                version=proposal.version,
            )
        )
        return see_other(f"/strategy/{proposal.id}/changes", told)
    return see_other(f"/summaries/{week}", Notice(_("Accepted. The advice is part of the plan's record now.")))


@router.post("/summaries/{week}/reject")
async def reject(stay: Editing, week: date, recommendation: Annotated[str, Form()]) -> Response:
    """Decide against one piece of advice."""
    try:
        async with stay.trying():
            await actions.reject(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                week_start=week,
                recommendation=recommendation,
            )
    except Conflict as refused:
        return see_other(f"/summaries/{week}", Notice(refused.message, "careful"))
    return see_other(f"/summaries/{week}", Notice(_("Rejected. It is left out when you accept the rest.")))


def letter(markdown: str) -> Markup:
    """The letter as HTML, its notes as links to the insight of the same number, which stands below it on the page.

    Raw HTML in it is shown as text; pictures are not loaded; links lead only to web addresses.
    """
    body = markdown.partition("\n## Notes\n")[0]
    rendered = _NOTE.sub(r'<sup><a href="#note-\1" id="ref-\1">\1</a></sup>', str(_MARKDOWN.render(body)))
    return Markup(rendered)  # noqa: S704 -- the renderer escapes, html is off, and a note is digits
