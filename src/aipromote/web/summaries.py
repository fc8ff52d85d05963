"""Results: the weekly letters of the coach."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from aipromote.coach import actions, queries
from aipromote.errors import NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Viewing
from aipromote.web.render import page

router = APIRouter()

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


@router.get("/summaries")
async def summaries_page(request: Request, stay: Viewing) -> Response:
    """All letters, the newest first."""
    found = await queries.summaries(stay.session, organization_id=stay.organization_id)
    return page(request, "summaries.html", stay=stay, summaries=found)


@router.get("/summaries/{week}")
async def summary_page(request: Request, stay: Viewing, week: date) -> Response:
    """One week in words and numbers."""
    found = await queries.summary(stay.session, organization_id=stay.organization_id, week_start=week)
    if found is None:
        raise NotFound("There is no summary of this week.")
    return page(request, "summary.html", stay=stay, summary=found, letter=letter(found.report_md))


@router.post("/summaries/{week}/accept")
async def accept(stay: Administering, week: date) -> Response:
    """Take the week's advice."""
    await actions.accept(stay.session, stay.actor, organization_id=stay.organization_id, week_start=week)
    return see_other(f"/summaries/{week}", Notice("Accepted. The advice is part of the plan's record now."))


def letter(markdown: str) -> Markup:
    """Markdown as HTML. Raw HTML in it is shown as text; pictures are not loaded; links lead only to web addresses."""
    rendered: Any = _MARKDOWN.render(markdown)
    return Markup(rendered)  # noqa: S704 -- the renderer escapes, and html is off
