"""Answering with a file from storage, whole or the range that was asked for, a block at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from aipromote.assets import storage

_ASKED = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}
"""Nothing in a file runs, whatever it is, and it is what we say it is."""


def streamed(
    request: Request, key: str, *, bucket: str, mime_type: str, size: int, headers: Mapping[str, str]
) -> Response:
    """The answer to GET or HEAD. One range is understood; anything else gets the whole file, as RFC 9110 allows."""
    told = {**_SAFE, "Accept-Ranges": "bytes", **headers}
    start, end, status = 0, size, 200
    if (found := _ASKED.fullmatch(request.headers.get("range", "").strip())) and any(found.groups()):
        first, last = found.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(size, int(last) + 1) if first and last else size
        if start >= size or end <= start:
            return Response(status_code=416, headers={**told, "Content-Range": f"bytes */{size}"})
        status = 206
        told["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    told["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status_code=status, media_type=mime_type, headers=told)
    blocks = storage.blocks(key, bucket=bucket, offset=start, length=end - start, total=size)
    return StreamingResponse(blocks, status, told, mime_type)
