"""The interview, saved while it is typed: a script sends the form as it stands, and what the page shows follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aipromote.briefs import actions
from aipromote.briefs.examples import EXAMPLES
from aipromote.briefs.steps import Question, Step
from aipromote.errors import InvalidInput
from aipromote.http.visits import Visiting
from aipromote.web.answers import fields_of, values_of
from aipromote.web.interview import along, step_named, wrong_in
from aipromote.web.render import part

router = APIRouter()
_MOST_FIELDS = 1000


@router.post("/start/{draft_id}/{step}/typed")
async def typed(request: Request, visit: Visiting, draft_id: UUID, step: str) -> Response:
    """Keep what was typed; nothing of the page is lost and nothing of another window's.

    `seen` is the form as it was saved last, encoded like a form; `mine` names questions whose answers count although
    another window has changed them. Answers JSON: `version` and `saved_at` of the step, `beside` (the parts of the page
    that follow, by id), `fields` (questions that are to be shown anew, by path), `contested` (what another window says
    to the questions that both have changed, by path).
    """
    form = await request.form()
    asked = step_named(step)
    seen = FormData([*_pairs(str(form.get("seen", "")))])
    draft, both = await actions.merge_step(
        visit.session,
        user_id=visit.user.id,
        draft_id=draft_id,
        step=asked.key,
        values=values_of(asked, form),
        seen=values_of(asked, seen),
        insisted=[str(one) for one in form.getlist("mine")],
    )
    saved = draft.steps.root.get(asked.key)
    shown = fields_of(asked, saved.values if saved else {})
    anew = (both.taken - both.contested) | {one.path for one in asked.questions if _is_full(one, form)}
    values = along(draft, wrong_in(draft)) | {"step": asked, "examples": EXAMPLES}
    return JSONResponse(
        {
            "version": saved.version if saved else 0,
            "saved_at": saved.saved_at.isoformat() if saved and saved.saved_at else None,
            "beside": {name: part("interview_beside.html", name, **values) for name in ("stages", "understood")},
            "fields": _rendered(asked, anew, shown, values),
            "contested": _rendered(asked, both.contested, shown, values),
        }
    )


def _pairs(encoded: str) -> Iterator[tuple[str, str | UploadFile]]:
    """Names and values of a form that is encoded in a field of another one. Raises InvalidInput."""
    try:
        yield from parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise InvalidInput("These are too many fields.") from error


def _is_full(question: Question, form: FormData) -> bool:
    """Whether the form has no empty group left to type another one into."""
    if question.kind != "groups":
        return False
    prefix = f"{question.path}."
    rows: dict[str, bool] = {}
    choices = {one.path for one in question.parts if one.kind == "choice"}
    for name, value in form.multi_items():
        number, _, field = name.removeprefix(prefix).partition(".")
        if name.startswith(prefix) and number.isdigit() and field not in choices:
            rows[number] = rows.get(number, False) or bool(str(value).strip())
    return bool(rows) and all(rows.values())


def _rendered(asked: Step, paths: Any, shown: dict[str, Any], values: dict[str, Any]) -> dict[str, str]:
    return {
        one.path: part("interview_parts.html", "ask", one, shown[one.path], **values)
        for one in asked.questions
        if one.path in paths
    }
