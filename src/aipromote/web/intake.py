"""From a brief to a strategy: the first page of somebody without an organization, and the progress of writing."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

import aipromote.ai.queries as requests
from aipromote import settings
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.briefs import actions, queries
from aipromote.briefs.modelled import reader
from aipromote.briefs.steps import whole
from aipromote.documents.brief import BriefError, Problem
from aipromote.documents.brief.file import MAX_BYTES, dump_brief, dump_values, read_brief
from aipromote.http import cookies
from aipromote.http.notices import see_other
from aipromote.http.visits import Editing, Viewing, Visiting
from aipromote.strategy import intake
from aipromote.web import ordering, variants, words
from aipromote.web.render import HERE, page

router = APIRouter()


@router.get("/start")
async def start_page(request: Request, visit: Visiting) -> Response:
    """The ways in: a website, documents, questions, a file; and drafts to go on with."""
    drafts = await queries.drafts(visit.session, user_id=visit.user.id)
    values: dict[str, Any] = {
        "text": example(),
        "source": "",
        "problems": [],
        "drafts": drafts,
        "reader": reader(settings.get()),
    }
    return page(request, "start.html", visit=visit, **values)


@router.post("/start")
async def start(
    request: Request,
    visit: Visiting,
    text: Annotated[str, Form()] = "",
    file: UploadFile | None = None,
    then: Annotated[str, Form()] = "write",
) -> Response:
    """Take the brief and begin to write a strategy, or (`look`) open it as answers to the questions.

    One with mistakes is shown with the line of each, and the text as it was.
    """
    source, raw = await _given(file, text)
    text = raw.decode("utf-8", "replace")
    try:
        brief = read_brief(raw, source=source)
    except BriefError as error:
        drafts = await queries.drafts(visit.session, user_id=visit.user.id)
        values: dict[str, Any] = {"text": text, "source": source, "drafts": drafts, "reader": reader(settings.get())}
        values["problems"] = _marked(error.problems, text)
        return page(request, "start.html", status=422, visit=visit, **values)
    if then == "look":
        draft = await actions.open_draft(visit.session, user_id=visit.user.id, brief=brief)
        return see_other(f"/start/{draft.id}/basics")
    organization, asked = await intake.begin(visit.session, visit.actor, brief=brief, brief_yaml=text)
    response = see_other(f"/progress/{asked.id}")
    cookies.put(response, cookies.ORGANIZATION, str(organization.id), lasts=cookies.SESSION_LASTS)
    return response


@router.get("/start/example.yaml")
async def example_file() -> Response:
    """The example, to fill in elsewhere."""
    return _download(example(), "brief-example.yaml")


@router.get("/start/{draft_id}/brief.yaml")
async def draft_file(visit: Visiting, draft_id: UUID) -> Response:
    """The answers so far as the file that can be handed in."""
    draft = await queries.draft(visit.session, user_id=visit.user.id, draft_id=draft_id)
    return _download(dump_values(whole({key: saved.values for key, saved in draft.steps.root.items()})), "brief.yaml")


@router.get("/strategy/brief.yaml")
async def brief_file(stay: Editing) -> Response:
    """The brief that the organization's plan is written from."""
    return _download(dump_brief(stay.organization.brief), "brief.yaml")


@router.get("/progress/{request_id}")
async def progress(request: Request, stay: Viewing, request_id: UUID) -> Response:
    """How far a strategy or its posts have come. Asks again by itself, and leads on when they are written."""
    asked = await requests.request(stay.session, organization_id=stay.organization_id, request_id=request_id)
    if asked.status is not RequestStatus.DONE:
        return page(request, "progress.html", stay=stay, asked=asked, failed=asked.status is RequestStatus.FAILED)
    onward = _onward(asked)
    if "hx-request" in request.headers:
        # A script would follow a redirect by itself, and put that page's part into this one.
        onward.headers["HX-Redirect"] = onward.headers["location"]
        del onward.headers["location"]
        onward.status_code = 200
    return onward


def _onward(asked: GenerationRequest) -> Response:
    """Where what was written is to be seen."""
    if asked.kind is RequestKind.STRATEGY:
        return see_other("/strategy")
    if asked.wanted.variants_of is not None:
        return see_other(f"/pieces/{asked.wanted.variants_of}/variants", variants.told(asked))
    if asked.wanted.series_id is not None:
        return see_other(f"/content/series/{asked.wanted.series_id}")
    return see_other(f"/calendar?week={words.monday_of(asked.wanted.start)}", ordering.told(asked))


def _download(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


def example() -> str:
    """A whole brief of a startup that does not exist."""
    return (HERE / "example_brief.yaml").read_text(encoding="utf-8")


async def _given(file: UploadFile | None, text: str) -> tuple[str, bytes]:
    """The name to use in messages, and the bytes: the file's where one was chosen."""
    if file is None or not file.filename:
        return "brief.yaml", text.replace("\r\n", "\n").encode()
    return file.filename[:100], await file.read(MAX_BYTES + 1)


def _marked(problems: tuple[Problem, ...], text: str) -> list[tuple[Problem, str]]:
    """Each problem with the line that it is about."""
    lines = text.splitlines()
    return [(one, lines[one.line - 1] if one.line and one.line <= len(lines) else "") for one in problems]
