"""The interview: reading what a founder has already written, deciding on what was found, and six steps of questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.briefs import actions, queries
from aipromote.briefs.errors import SavedElsewhere
from aipromote.briefs.examples import EXAMPLES
from aipromote.briefs.filling import MAX_FILES, Found, read_all
from aipromote.briefs.modelled import extractors
from aipromote.briefs.models import BriefDraft
from aipromote.briefs.steps import BY_KEY, STEPS, Step, label_of, problems_of, step_of, whole
from aipromote.documents.brief import BriefError
from aipromote.errors import NotFound
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Visit, Visiting, database_of, signed_in
from aipromote.languages import _
from aipromote.organizations import queries as organizations
from aipromote.reading.apart import MAX_FILE, shown_name
from aipromote.reading.finding import Rules
from aipromote.reading.merging import LISTS
from aipromote.reading.turns import on_behalf_of
from aipromote.web.answers import fields_of, understood, values_of
from aipromote.web.render import page

router = APIRouter()
_LARGEST_UPLOAD = 2 * MAX_FILE + 1024 * 1024
uploads = APIRouter(max_body_size=_LARGEST_UPLOAD)
"""What takes more than the application lets through elsewhere."""

_READING = Allowance(tries=40, seconds=3600)
"""Of addresses and files, for each person."""


@router.post("/start/new")
async def begin(visit: Visiting) -> Response:
    """An empty draft, and its first step."""
    draft = await actions.open_draft(visit.session, user_id=visit.user.id)
    return see_other(f"/start/{draft.id}/{STEPS[0].key}")


@uploads.post("/start/read")
async def read(request: Request) -> Response:
    """Read a website and files. Takes seconds, so that no transaction is open meanwhile."""
    database = database_of(request)
    async with database.transaction() as session:
        user_id = (await signed_in(session, request)).id
        places = await organizations.memberships_of(session, user_id=user_id)
    async with request.form() as form:
        address, named = str(form.get("address", "")).strip(), str(form.get("draft", ""))
        files = await _uploaded(form)
    if not address and not files:
        return see_other("/start", Notice(_("Type your website's address, or choose a file."), "careful"))
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_READING, "reading", str(user_id))
    wanted = extractors(settings.get(), database=database, rules=Rules())
    with on_behalf_of(places[0].organization_id if places else user_id):
        found = await read_all(address, files, extractors=wanted)
    if not found.readings:
        return see_other("/start", Notice(_("Nothing could be read."), "bad", tuple(found.problems)))
    async with database.transaction() as session:
        draft_id = await _draft_for(named, session, user_id)
        await actions.propose(
            session, user_id=user_id, draft_id=draft_id, found=found.suggestions, readings=found.readings
        )
    return see_other(f"/start/{draft_id}/found", _unread(found))


async def _uploaded(form: FormData) -> list[tuple[str, bytes]]:
    files = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    return [(shown_name(one.filename or ""), await one.read(MAX_FILE + 1)) for one in files[: MAX_FILES + 1]]


async def _draft_for(named: str, session: AsyncSession, user_id: UUID) -> UUID:
    """The draft that the form names, or a new one."""
    try:
        key = UUID(named)
    except ValueError:
        return (await actions.open_draft(session, user_id=user_id)).id
    return (await queries.draft(session, user_id=user_id, draft_id=key)).id


def _unread(found: Found) -> Notice | None:
    """What could not be read, beside the rest that was."""
    return Notice(_("Not everything could be read."), "careful", tuple(found.problems[:6])) if found.problems else None


@router.get("/start/{draft_id}/found")
async def found_page(request: Request, visit: Visiting, draft_id: UUID) -> Response:
    """What was found and is not decided yet, by step, each with its source and the very words."""
    draft = await queries.draft(visit.session, user_id=visit.user.id, draft_id=draft_id)
    waiting = [one.suggestion for one in draft.findings if one.decision == "open"]
    groups = [(step, [one for one in waiting if step_of(one.path) == step.key]) for step in STEPS]
    labels = {question.path: question.label for step in STEPS for question in step.questions}
    shown = [(step, _fields(ones, labels)) for step, ones in groups if ones]
    return page(request, "found.html", visit=visit, draft=draft, groups=shown, count=len(waiting))


def _fields(suggestions: list[Any], labels: dict[str, str]) -> list[dict[str, Any]]:
    """The suggestions of a step, field by field. In a field with one value the first is chosen, and only one can be."""
    found: dict[str, dict[str, Any]] = {}
    for one in suggestions:
        group = {
            "path": one.path,
            "label": labels.get(one.path, one.path),
            "single": one.path not in LISTS,
            "found": [],
        }
        found.setdefault(one.path, group)["found"].append(one)
    return list(found.values())


@router.post("/start/{draft_id}/found")
async def decide(request: Request, visit: Visiting, draft_id: UUID) -> Response:
    """Take over what is ticked; the rest of what was shown is rejected."""
    form = await request.form()
    shown = {str(one) for one in form.getlist("shown")}
    accepted = {str(value) for name, value in form.multi_items() if name == "accept" or name.startswith("one.")}
    await actions.decide(visit.session, user_id=visit.user.id, draft_id=draft_id, shown=shown, accepted=accepted)
    return see_other(f"/start/{draft_id}/{STEPS[0].key}")


@router.post("/start/{draft_id}/drop")
async def drop(visit: Visiting, draft_id: UUID) -> Response:
    """Forget the draft."""
    await actions.drop(visit.session, user_id=visit.user.id, draft_id=draft_id)
    return see_other("/start", Notice(_("The draft is gone.")))


@router.post("/start/{draft_id}/finish")
async def finish(visit: Visiting, draft_id: UUID) -> Response:
    """Found the organization, or show what is still missing."""
    return await _finished(visit, draft_id)


async def _finished(visit: Visit, draft_id: UUID) -> Response:
    try:
        async with visit.trying():
            organization, asked = await actions.finish(visit.session, visit.actor, draft_id=draft_id)
    except BriefError as error:
        first = step_of(error.problems[0].field)
        return see_other(
            f"/start/{draft_id}/{first}?checked=1",
            Notice(_("Something is missing before the plan can be written."), "careful"),
        )
    response = see_other(f"/progress/{asked.id}")
    cookies.put(response, cookies.ORGANIZATION, str(organization.id), lasts=cookies.SESSION_LASTS)
    return response


@router.get("/start/{draft_id}/{step}")
async def step_page(request: Request, visit: Visiting, draft_id: UUID, step: str, checked: int = 0) -> Response:
    """One step, as it was saved last."""
    draft = await queries.draft(visit.session, user_id=visit.user.id, draft_id=draft_id)
    asked = step_named(step)
    saved = draft.steps.root.get(asked.key)
    values = saved.values if saved else {}
    return _shown(
        request, visit, draft, asked, values=values, version=saved.version if saved else 0, checked=bool(checked)
    )


@router.post("/start/{draft_id}/{step}")
async def save(request: Request, visit: Visiting, draft_id: UUID, step: str) -> Response:
    """Save the step, whatever is in it, and go on; or say that another window was first, with both texts."""
    form = await request.form()
    asked = step_named(step)
    values = values_of(asked, form)
    version = str(form.get("version", "0"))
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0  # noqa: PLR2004 -- no version
    try:
        async with visit.trying():
            draft = await actions.save_step(
                visit.session, user_id=visit.user.id, draft_id=draft_id, step=asked.key, values=values, version=seen
            )
    except SavedElsewhere as problem:
        draft = await queries.draft(visit.session, user_id=visit.user.id, draft_id=draft_id)
        theirs = draft.steps.root[asked.key]
        return _shown(
            request,
            visit,
            draft,
            asked,
            values=values,
            version=theirs.version,
            theirs=theirs.values,
            problem=problem.message,
        )
    then = str(form.get("then", "next"))
    return await _finished(visit, draft_id) if then == "finish" else see_other(_next(draft, asked, then))


def _next(draft: BriefDraft, asked: Step, then: str) -> str:
    """Where the button leads. A step with something wrong in it is shown again first."""
    here = f"/start/{draft.id}/{asked.key}"
    wrong = wrong_in(draft)
    if then in BY_KEY:
        return f"/start/{draft.id}/{then}"
    if asked.key in wrong or then == "stay" or asked is STEPS[-1]:
        return f"{here}?checked=1"
    return f"/start/{draft.id}/{STEPS[STEPS.index(asked) + 1].key}"


def step_named(key: str) -> Step:
    """The step. Raises NotFound."""
    if key not in BY_KEY:
        raise NotFound("There is no such page.")
    return BY_KEY[key]


def _shown(
    request: Request,
    visit: Visit,
    draft: BriefDraft,
    asked: Step,
    *,
    values: dict[str, Any],
    version: int,
    checked: bool = False,
    theirs: dict[str, Any] | None = None,
    problem: str = "",
) -> Response:
    wrong = wrong_in(draft)
    saved = draft.steps.root.get(asked.key)
    return page(
        request,
        "interview.html",
        status=409 if theirs is not None else 200,
        visit=visit,
        step=asked,
        fields=fields_of(asked, values),
        version=version,
        saved_at=saved.saved_at if saved else None,
        problems=wrong.get(asked.key, []) if checked else [],
        wrong={key: ones for key, ones in wrong.items() if ones},
        theirs=fields_of(asked, theirs) if theirs is not None else None,
        problem=problem,
        label_of_field=label_of,
        waiting=sum(one.decision == "open" for one in draft.findings),
        examples=EXAMPLES,
        **along(draft, wrong),
    )


def wrong_in(draft: BriefDraft) -> dict[str, Any]:
    """What is wrong with the draft as it was saved, by step."""
    return problems_of(_told(draft))


def along(draft: BriefDraft, wrong: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside the questions: how far each step is, and how the startup is understood so far."""
    states = {step.key: _state(step, draft, wrong) for step in STEPS}
    return {"draft": draft, "steps": STEPS, "states": states, "told": understood(_told(draft))}


def _told(draft: BriefDraft) -> dict[str, Any]:
    return whole({key: saved.values for key, saved in draft.steps.root.items()})


def _state(step: Step, draft: BriefDraft, wrong: Mapping[str, Any]) -> str:
    """For the list of steps: `wrong`, `done`, or `open`."""
    if step.key not in draft.steps.root:
        return "open"
    return "wrong" if step.key in wrong else "done"


router.include_router(uploads)
