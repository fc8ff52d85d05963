"""Saying once more who one is, before what opens the account is changed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts import sessions
from aipromote.accounts.factors import proving
from aipromote.accounts.models import User
from aipromote.http import cookies
from aipromote.http.notices import Notice, see_other
from aipromote.languages import _
from aipromote.web.admitting import is_confirmed

CONFIRM = "/account/security/confirm"
_FRESH = timedelta(minutes=10)


async def must_confirm(request: Request, session: AsyncSession, user: User, *, after: str) -> Response | None:
    """The way to that question, for whoever has to answer it; `after` is the page of ours that follows.

    Who has neither password nor factor cannot answer it; of them a sign-in of the last minutes is asked.
    """
    if is_confirmed(request):
        return None
    if await proving.needs_proof(session, user=user):
        return see_other(f"{CONFIRM}?next={quote(after, safe='')}")
    if await sessions.is_fresh(session, token=cookies.session_token(request), within=_FRESH):
        return None
    told = _("Sign out and in again first. You have no password, so a sign-in of the last ten minutes has to do.")
    return see_other("/account", Notice(told, "careful"))
