"""What the faults that hit a call do to it: refusals before anything is stored, spoilt answers after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from aipromote.sandbox import refusals
from aipromote.sandbox.answers import ApiError
from aipromote.sandbox.faults import Fault

_PAGE = "<!DOCTYPE html><title>Just a moment</title><p>We are checking your browser.</p>"


def refuse(request: web.Request, hits: dict[str, Fault]) -> None:
    """Faults after which nothing was stored."""
    if "drop_unstored" in hits:
        _drop(request)
    for kind, fault in hits.items():
        if kind in refusals.REFUSALS:
            raise ApiError(*refusals.REFUSALS[kind])
        if kind in refusals.LIMITS:
            headers, more = refusals.wait(fault.seconds, style=fault.style)
            raise ApiError(429, refusals.LIMITS[kind], "Asked to wait.", headers=headers, more=more)
    if "redirect" in hits:
        raise ApiError(302, "moved", "Asked to be elsewhere.", headers={"Location": "/"})
    if "error_in_200" in hits:
        raise ApiError(200, *refusals.REFUSALS["refuse"][1:])


async def spoil(
    request: web.Request, hits: dict[str, Fault], body: dict[str, Any], *, status: int, headers: Mapping[str, str]
) -> web.StreamResponse:
    """The answer to a post that was stored, or with tokens that were given, as the faults leave it."""
    if "slow" in hits:
        await asyncio.sleep(hits["slow"].seconds)
    if "store_then_drop" in hits:
        _drop(request)
    if "store_then_500" in hits:
        return web.Response(status=500, text="The sandbox was asked to fail after storing.")
    if "malformed" in hits:
        return web.Response(status=200, text='{"id": "p', content_type="application/json")
    if "truncated" in hits:
        return await _torn(request)
    if "empty" in hits:
        return web.Response(status=201)
    if "html" in hits:
        return web.Response(status=200, text=_PAGE, content_type="text/html")
    if "extra_fields" in hits:
        body = {"errors": [{"title": "a hint"}], "data": [], **body, "counters": {"views": 0}, "beta": None}
    return web.json_response(body, status=status, headers=headers)


async def _torn(request: web.Request) -> web.StreamResponse:
    """An answer that promises more than it brings before the line goes dead."""
    answer = web.StreamResponse(status=201, headers={"Content-Type": "application/json", "Content-Length": "500"})
    await answer.prepare(request)
    await answer.write(b'{"id": "p')
    if request.transport is not None:
        request.transport.close()
    return answer


def _drop(request: web.Request) -> None:
    """Cut the connection; the answer that follows finds nobody."""
    if request.transport is not None:
        request.transport.abort()
    raise ApiError(500, "dropped", "The connection was cut.")
