"""Health for machines: whether this process lives, whether it can serve, and how the rest is. Counts, no names.

What is red here is red for `aipromote health`, for alerts and for Prometheus too: see `aipromote.monitoring.checks`.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aipromote import __version__
from aipromote.http.vitals import Vitals
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.report import Report, red, report
from aipromote.monitoring.states import Area

router = APIRouter()


@router.get("/health")
async def alive() -> Response:
    """This process answers."""
    return JSONResponse({"status": "alive", "version": __version__})


@router.get("/ready")
async def ready(request: Request) -> Response:
    """This process can serve: 200, or 503 with the reasons."""
    vitals: Vitals = request.app.state.vitals
    complaints = await vitals.complaints()
    status = "ready" if not complaints else "not ready"
    return JSONResponse({"status": status, "reasons": complaints}, status_code=503 if complaints else 200)


@router.get("/health/queues")
async def queues(request: Request) -> Response:
    """Workers, stager, counts and ages of each queue, what is late: 503 while somebody must look at it."""
    found = await _look(request)
    carried, rows = found.facts.carried, found.facts.rows
    told: dict[str, Any] = {"workers_alive": None, "queues": [], "publishing_held": None}
    if carried is not None:
        told |= {"workers_alive": carried.health.workers_alive, "queues": carried.health.as_dict()["queues"]}
    if rows is not None:
        waiting = sum(one.waiting for one in rows.held)
        told["publishing_held"] = {"organizations": len(rows.held), "posts": waiting}
    return _answer(found, Area.QUEUES, told)


@router.get("/health/redis")
async def redis(request: Request) -> Response:
    """Whether it answers, and whether it is set up to carry queues: 503 while somebody must look at it."""
    return _answer(await _look(request), Area.REDIS, {})


@router.get("/health/database")
async def database(request: Request) -> Response:
    """Answer time, connections, schema, replica: 503 while somebody must look at it. Numbers, no names."""
    found = await _look(request)
    told = found.facts.database.as_dict()
    del told["clients"]
    told["server_version"] = (told["server_version"] or "").partition(".")[0] or None
    return _answer(found, Area.DATABASE, told)


async def _look(request: Request) -> Report:
    lookout: Lookout = request.app.state.lookout
    return await report(lookout)


def _answer(found: Report, area: Area, told: dict[str, Any]) -> Response:
    checks = found.of(area)
    wrong = red(checks)
    body = {"status": "red" if wrong else "ok", "reasons": [check.said for check in wrong]}
    body |= told | {"checks": [check.as_dict() for check in checks]}
    return JSONResponse(body, status_code=503 if wrong else 200)
