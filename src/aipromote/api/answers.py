"""Errors as programs read them: what happened, where, what to do next; one shape for all of them."""

from __future__ import annotations

from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aipromote.errors import AipromoteError
from aipromote.http.doorway import ErrorPage
from aipromote.http.explained import is_for_programs
from aipromote.http.explanations import explain

_NEXT = {
    400: "Correct the request and send it again.",
    401: "Send the header `Authorization: Bearer <key>`. `aipromote keys create` makes a key.",
    403: "Use a key with a higher role.",
    404: "Check the address and the id.",
    402: "Wait for the next month, or choose a larger plan.",
    405: "See docs/api.md for what this address takes.",
    409: "Read the row again, then decide anew.",
    422: "Correct the value and send the request again.",
    429: "Wait, then try again with a valid key.",
    503: "Try again in a minute.",
}
_OTHERWISE = "Try again. If it happens again, look for the request_id in the logs."


class Problem(BaseModel):
    """`where` is the parameter that did not fit, if it was one; `request_id` is how the logs name the request."""

    status: int
    what: str
    where: str | None
    next: str
    request_id: str


def by_path(pages: ErrorPage) -> ErrorPage:
    """JSON for the addresses of programs, `pages` for those of people."""

    async def answer(request: Request, error: Exception) -> Response:
        return _json(request, error) if is_for_programs(request) else await pages(request, error)

    return answer


def _json(request: Request, error: Exception) -> Response:
    told = explain(error)
    what, where = told.happened, None
    if isinstance(error, AipromoteError):
        where = error.field
    elif isinstance(error, RequestValidationError) and error.errors():
        first = error.errors()[0]
        what, where = str(first["msg"]), ".".join(str(part) for part in first["loc"][1:]) or None
    elif isinstance(error, HTTPException) and told.status in {404, 405}:
        is_gone = told.status == HTTPStatus.NOT_FOUND
        what = "No resource has this address." if is_gone else "This address does not take that method."
    problem = Problem(
        status=told.status,
        what=what,
        where=where,
        next=_NEXT.get(told.status, _OTHERWISE),
        request_id=request.scope.get("state", {}).get("request_id", ""),
    )
    headers = {"WWW-Authenticate": "Bearer"} if told.status == 401 else None  # noqa: PLR2004 -- its own name
    return JSONResponse({"error": problem.model_dump()}, status_code=told.status, headers=headers)
