"""Health for machines: whether this process lives, whether it can serve, and how the queues are. Counts, no names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aipromote import __version__
from aipromote.db import health as database_health
from aipromote.errors import Unavailable
from aipromote.http.vitals import Vitals
from aipromote.jobs.health import measure

router = APIRouter()


@router.get("/health")
async def alive() -> Response:
    """This process answers."""
    return JSONResponse({"status": "alive", "version": __version__})


@router.get("/ready")
async def ready(request: Request) -> Response:
    """This process can serve: 200, or 503 with the reasons."""
    complaints = await _vitals(request).complaints()
    status = "ready" if not complaints else "not ready"
    return JSONResponse({"status": status, "reasons": complaints}, status_code=503 if complaints else 200)


@router.get("/health/queues")
async def queues(request: Request) -> Response:
    """Counts and ages of each queue, and how many workers are alive: 503 while somebody must look at it."""
    vitals = _vitals(request)
    if vitals.carrier is None:
        return JSONResponse({"status": "unknown", "reasons": ["REDIS_URL is not set."]}, status_code=503)
    owed = await vitals.overdue()
    try:
        health = await measure(vitals.carrier, overdue={name: _told(count) for name, count in owed.items()})
    except Unavailable:
        return JSONResponse({"status": "unknown", "reasons": ["Redis does not answer."]}, status_code=503)
    body: dict[str, Any] = {
        "status": "working" if health.workers_alive else "no worker",
        "workers_alive": health.workers_alive,
        "queues": health.as_dict()["queues"],
        "publishing_held": await vitals.held(),
    }
    return JSONResponse(body, status_code=200 if health.workers_alive else 503)


@router.get("/health/database")
async def database(request: Request) -> Response:
    """Answer time, connections, schema, replica: 503 while somebody must look at it. Numbers, no names."""
    found = await database_health.measure(_vitals(request).database)
    body = found.as_dict()
    del body["clients"]
    body["server_version"] = (found.server_version or "").partition(".")[0] or None
    return JSONResponse(body, status_code=200 if found.is_healthy else 503)


def _vitals(request: Request) -> Vitals:
    vitals: Vitals = request.app.state.vitals
    return vitals


def _told(count: int) -> Callable[[], Awaitable[int]]:
    async def tell() -> int:
        return count

    return tell
