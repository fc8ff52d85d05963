"""Choosing the language of the interface, signed in or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import languages
from aipromote.errors import InvalidInput
from aipromote.http import cookies
from aipromote.http.addresses import returning
from aipromote.http.notices import see_other

router = APIRouter()

_LASTS = timedelta(days=400)
"""The longest that browsers keep a cookie."""


@router.post("/language")
async def choose(request: Request, language: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    """Speak this language in this browser from now on, and show the same page again."""
    if language not in languages.LANGUAGES:
        raise InvalidInput("The interface does not speak this language yet.")
    response = see_other(returning(request, back))
    cookies.put(response, cookies.LANGUAGE, language, lasts=_LASTS)
    return response
