"""`GET /metrics`: what Prometheus scrapes. With a token for whoever shows it; without one only for this machine."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aipromote import settings
from aipromote.monitoring import metrics
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.report import report

router = APIRouter()

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""A proxy on this machine speaks for strangers."""


@router.get(metrics.PATH)
async def scrape(request: Request) -> Response:
    """All checks, gauges and counters as text. 401 without the token, 403 for another machine where none is set."""
    if (refused := _refusal(request)) is not None:
        return refused
    lookout: Lookout = request.app.state.lookout
    return Response(metrics.text(await report(lookout)), media_type=metrics.CONTENT_TYPE)


def _refusal(request: Request) -> Response | None:
    token = settings.get().metrics_token.get_secret_value()
    shown = request.headers.get("authorization")
    if token:
        if shown is not None and secrets.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            return None
        return PlainTextResponse(
            "Show AIPROMOTE_METRICS_TOKEN as a bearer token.\n", 401, headers={"WWW-Authenticate": "Bearer"}
        )
    is_near = request.client is not None and request.client.host in _LOOPBACK
    if is_near and shown is None and not any(name in request.headers for name in _FORWARDED):
        return None
    return PlainTextResponse("To read this from elsewhere, set AIPROMOTE_METRICS_TOKEN.\n", 403)
