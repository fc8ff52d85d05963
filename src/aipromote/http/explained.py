"""Tells the application how to answer when a page raises."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aipromote.errors import AipromoteError, NotSignedIn
from aipromote.http.doorway import ErrorPage
from aipromote.http.visits import NoOrganization


def answer_errors(app: FastAPI, *, error_page: ErrorPage) -> None:
    """Use this page for every error. Who is not signed in, or has no organization, is led to where that can change."""

    async def answer(request: Request, error: Exception) -> Response:
        if is_for_programs(request):
            return await error_page(request, error)
        if request.method == "GET" and isinstance(error, NotSignedIn) and not asks_for_part(request):
            return RedirectResponse(f"/sign-in?next={quote(_asked(request), safe='')}", status_code=303)
        if isinstance(error, NoOrganization):
            return RedirectResponse("/start", status_code=303)
        return await error_page(request, error)

    for kind in (AipromoteError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def is_for_programs(request: Request) -> bool:
    """Whether a program asks, that could not do anything with a page."""
    return request.url.path.startswith("/api/")


def asks_for_part(request: Request) -> bool:
    """Whether a script of an open page asks, which would put the sign-in page where a list was."""
    return "hx-request" in request.headers or request.headers.get("sec-fetch-dest") == "empty"


def _asked(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
