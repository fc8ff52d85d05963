"""Serves bundles as the build compressed them, and lets browsers keep what has its content's digest in its address."""

from __future__ import annotations

import mimetypes
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""What the build makes beside each bundle, the smaller one first."""


class Static(StaticFiles):
    """The folder `static`. No page stands there, so nothing in it is anybody's."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As asked for, compressed where there is such a file beside it. Raises HTTPException 404."""
        is_bundle = path.startswith("built/")
        response = await self._compressed(path, scope) if is_bundle else None
        if response is None:
            response = await super().get_response(path, scope)
        if is_bundle:
            response.headers["vary"] = "Accept-Encoding"
        if is_bundle or scope["query_string"].startswith(b"v="):
            response.headers["cache-control"] = _FOR_EVER
        return response

    async def _compressed(self, path: str, scope: Scope) -> Response | None:
        accepted = _accepted(Headers(scope=scope).get("accept-encoding", ""))
        for coding, ending in _CODINGS:
            if coding not in accepted:
                continue
            try:
                response = await super().get_response(path + ending, scope)
            except HTTPException:
                continue
            response.headers["content-encoding"] = coding
            response.headers["content-type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return response
        return None


def _accepted(header: str) -> set[str]:
    """The codings that the browser takes."""
    items = [item.replace(" ", "").partition(";") for item in header.lower().split(",")]
    return {name for name, _, weight in items if weight not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}}
