"""What the frame asks and is told: light or dark, a narrow rail, and whether somebody is signed in still."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aipromote.http import cookies
from aipromote.http.addresses import returning
from aipromote.http.forms import form_token
from aipromote.http.notices import see_other
from aipromote.http.visits import Visiting
from aipromote.web.frame_parts import Theme

router = APIRouter()

_LASTS = timedelta(days=400)
"""The longest that browsers keep a cookie."""


@router.post("/theme")
async def choose_theme(
    request: Request, theme: Annotated[Theme, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    """Show pages light or dark in this browser from now on, or as the system does."""
    response = see_other(returning(request, back))
    if theme == "system":
        cookies.drop(response, cookies.THEME)
    else:
        cookies.put(response, cookies.THEME, theme, lasts=_LASTS)
    return response


@router.post("/rail")
async def choose_rail(
    request: Request, narrow: Annotated[bool, Form()], back: Annotated[str, Form()] = "/"
) -> Response:
    """Show icons only in the rail, or words beside them."""
    response = see_other(returning(request, back))
    if narrow:
        cookies.put(response, cookies.RAIL, "narrow", lasts=_LASTS)
    else:
        cookies.drop(response, cookies.RAIL)
    return response


@router.get("/session")
async def session(request: Request, visit: Visiting, made_for: UUID | None = None) -> Response:
    """For a page that stood open while somebody signed out and in again: who it is now, and a token for its forms.

    `made_for` is the organization that the page is about: its forms go on being taken for that one only. Other sites
    cannot read this answer. Raises NotSignedIn.
    """
    return JSONResponse({"who": str(visit.user.id), "token": form_token(request, organization_id=made_for)})
