"""Files for networks that fetch them: by a signed address, without a session. There is no list of them anywhere."""

from __future__ import annotations

import hashlib

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote.assets import addresses, storage
from aipromote.errors import NotFound
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.ranges import streamed

router = APIRouter()
log: structlog.stdlib.BoundLogger = structlog.get_logger()

_PER_FILE = Allowance(tries=600, seconds=600)
"""Networks ask for a video in ranges, several at a time and from several machines."""
_WRONG = Allowance(tries=60, seconds=600)
"""Of addresses that are not ours or whose time is over, by each caller."""


@router.api_route("/media/{token}", methods=["GET", "HEAD"])
async def media(request: Request, token: str) -> Response:
    """The one file that the token was made for, until its time is over."""
    attempts: Attempts = request.app.state.attempts
    try:
        file = addresses.opened(token)
    except NotFound:
        await attempts.spend(_WRONG, "media", tries_of(request))
        raise
    await attempts.spend(_PER_FILE, "media", hashlib.sha256(token.encode()).hexdigest())
    try:
        size = await storage.size(file.key, bucket=file.bucket)
    except OSError as lost:
        log.warning("a file was fetched that cannot be read", key=file.key, error=str(lost))
        raise NotFound("There is no such file any more.") from None
    headers = {
        "Cache-Control": "private, max-age=3600",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return streamed(request, file.key, bucket=file.bucket, mime_type=file.mime_type, size=size, headers=headers)
