"""What an administrator of the instance sees. Each page comes, and says so, when Redis does not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.ai.setup import setup_of
from aipromote.http.visits import Operating, Operator, database_of
from aipromote.jobs import turns
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.failed import Page, failed_counts, failed_page
from aipromote.jobs.kinds import Queue, queue_named
from aipromote.monitoring import queries
from aipromote.monitoring.alerts import ways
from aipromote.monitoring.looking import PATIENCE_SECONDS, Lookout
from aipromote.monitoring.patience import within
from aipromote.monitoring.report import Report, report
from aipromote.web.operations import queues, truth
from aipromote.web.render import page

router = APIRouter()

_INCIDENTS = 40
_JOBS = 25


@router.get("/operations")
async def overview(request: Request, operator: Operating) -> Response:
    """One sentence that is the truth; incidents; all checks."""
    found = await _look(request)
    async with database_of(request).transaction() as session:
        incidents = await queries.incidents(session, limit=_INCIDENTS)
        told = ways(found.facts.config, await queries.administrators(session))
    is_open, ended = truth.in_order(incidents)
    return _page(
        request,
        operator,
        "operations/overview.html",
        truth=truth.truth(found, incidents),
        groups=truth.lines(found),
        open_incidents=[(each, truth.is_red(found, each)) for each in is_open],
        ended=ended,
        told=told,
        writer=setup_of(found.facts.config),
        config=found.facts.config,
        mails=bool(found.facts.config.smtp_url and found.facts.config.smtp_url.get_secret_value()),
    )


@router.get("/operations/queues")
async def queues_page(request: Request, operator: Operating) -> Response:
    """One row per queue, and every process that works on them."""
    found = await _look(request)
    rows = await queues.queue_rows(found, _carrier(request), zone=operator.zone)
    return _page(
        request,
        operator,
        "operations/queues.html",
        rows=rows,
        processes=queues.process_rows(found),
        summary=queues.summary(rows),
        is_away=found.facts.carried is None,
        held=found.facts.rows.held if found.facts.rows else (),
        config=found.facts.config,
        safe=truth.truth(found, ()),
    )


@router.get("/operations/queues/{queue}/failed")
async def failed(
    request: Request,
    operator: Operating,
    queue: str,
    kind: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Failed jobs, the latest first."""
    chosen = queue_named(queue)
    found = await _failed(_carrier(request), chosen, kind=kind, after=after)
    return _page(
        request,
        operator,
        "operations/failed.html",
        queue=chosen,
        kind=kind,
        after=after,
        is_away=found is None,
        counts=found[0] if found else {},
        jobs=found[1].jobs if found else (),
        next_page=found[1].after if found else None,
    )


@router.get("/operations/periodic")
async def periodic(request: Request, operator: Operating) -> Response:
    """What is done again and again, and how its latest turn went."""
    tasks: Sequence[turns.Task] = request.app.state.periodic
    async with database_of(request).transaction() as session:
        standings = await turns.standings(session, tasks)
    return _page(request, operator, "operations/periodic.html", standings=standings)


def _page(request: Request, operator: Operator, template: str, **values: Any) -> Response:
    return page(request, template, operator=operator, real=clock.real_now(), zone=operator.zone, **values)


def _carrier(request: Request) -> Carrier | None:
    carrier: Carrier | None = request.app.state.carrier
    return carrier


async def _look(request: Request) -> Report:
    lookout: Lookout = request.app.state.lookout
    return await report(lookout)


async def _failed(
    carrier: Carrier | None, queue: Queue, *, kind: str, after: str
) -> tuple[Mapping[str, int], Page] | None:
    """How many there are of each kind, and one page of them; None without Redis."""
    if carrier is None:
        return None
    try:
        return await within(PATIENCE_SECONDS, _ask(carrier, queue, kind=kind or None, after=after or None))
    except (TimeoutError, *UNREACHABLE):
        return None


async def _ask(
    carrier: Carrier, queue: Queue, *, kind: str | None, after: str | None
) -> tuple[Mapping[str, int], Page]:
    counts = await failed_counts(carrier, queue)
    return counts, await failed_page(carrier, queue, kind=kind, after=after, limit=_JOBS)
