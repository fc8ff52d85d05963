"""What an administrator of the instance does: pause and resume queues, run failed jobs again, discard them.

There is no trail for what belongs to no organization; so each act is one line in the log, with who did it.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.errors import Unavailable
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Operating, Operator
from aipromote.jobs import pausing
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.connection import UNREACHABLE
from aipromote.jobs.failed import discard, discard_all, failed_counts, replay, replay_all
from aipromote.jobs.kinds import Queue, queue_named
from aipromote.languages import _, ngettext

log: structlog.stdlib.BoundLogger = structlog.get_logger()

T = TypeVar("T")
Text = Annotated[str, Form(max_length=1000)]

router = APIRouter()


@router.post("/operations/queues/{queue}/pause")
async def pause(request: Request, operator: Operating, queue: str) -> Response:
    """Begin nothing more of it."""
    chosen = queue_named(queue)
    await _asked(pausing.pause(_carrier(request), chosen))
    _noted(operator, "queue paused", chosen)
    text = _(
        "%(queue)s is paused. What runs is finished; nothing more is begun until somebody resumes it.",
        queue=chosen.name,
    )
    return see_other("/operations/queues", Notice(text, "careful"))


@router.post("/operations/queues/{queue}/resume")
async def resume(request: Request, operator: Operating, queue: str) -> Response:
    """Go on."""
    chosen = queue_named(queue)
    await _asked(pausing.resume(_carrier(request), chosen))
    _noted(operator, "queue resumed", chosen)
    return see_other("/operations/queues", Notice(_("%(queue)s goes on.", queue=chosen.name)))


@router.post("/operations/queues/{queue}/failed/replay")
async def replay_one(
    request: Request, operator: Operating, queue: str, *, job: Text, kind: Text = "", after: Text = ""
) -> Response:
    """Run one again, with all its attempts."""
    chosen = queue_named(queue)
    await _asked(replay(_carrier(request), chosen, job))
    _noted(operator, "job replayed", chosen, job=job)
    text = _("The job runs again. If it fails once more, it comes back here.")
    return see_other(_list(chosen, kind, after), Notice(text))


@router.post("/operations/queues/{queue}/failed/discard")
async def discard_one(
    request: Request, operator: Operating, queue: str, *, job: Text, kind: Text = "", after: Text = ""
) -> Response:
    """Remove one."""
    chosen = queue_named(queue)
    await _asked(discard(_carrier(request), chosen, job))
    _noted(operator, "job discarded", chosen, job=job)
    return see_other(_list(chosen, kind, after), Notice(_("The job is gone. Its rows are as they were.")))


@router.post("/operations/queues/{queue}/failed/replay-all")
async def replay_every(request: Request, operator: Operating, queue: str, kind: Text = "") -> Response:
    """Run all of them again, of one kind or all."""
    chosen = queue_named(queue)
    how_many = await _asked(replay_all(_carrier(request), chosen, kind=kind or None))
    _noted(operator, "jobs replayed", chosen, kind=kind or "all", how_many=how_many)
    text = ngettext(
        "%(num)s job runs again. What fails once more comes back here.",
        "%(num)s jobs run again. What fails once more comes back here.",
        how_many,
    )
    return see_other(_list(chosen, kind), Notice(text))


@router.post("/operations/queues/{queue}/failed/discard-all")
async def discard_every(
    request: Request, operator: Operating, queue: str, seen: Annotated[int, Form(ge=0)], kind: Text = ""
) -> Response:
    """Remove all of them, of one kind or all, unless there are more than the person saw."""
    chosen, carrier = queue_named(queue), _carrier(request)
    counts = await _asked(failed_counts(carrier, chosen))
    there = counts.get(kind, 0) if kind else sum(counts.values())
    if there > seen:
        text = ngettext(
            "Nothing was discarded: %(num)s more job has failed meanwhile.",
            "Nothing was discarded: %(num)s more jobs have failed meanwhile.",
            there - seen,
        )
        return see_other(_list(chosen, kind), Notice(text, "careful", (_("Look at them first."),)))
    how_many = await _asked(discard_all(carrier, chosen, kind=kind or None))
    _noted(operator, "jobs discarded", chosen, kind=kind or "all", how_many=how_many)
    text = ngettext(
        "%(num)s job is gone. Its rows are as they were.",
        "%(num)s jobs are gone. Their rows are as they were.",
        how_many,
    )
    return see_other(_list(chosen, kind), Notice(text))


def _list(queue: Queue, kind: str = "", after: str = "") -> str:
    """Back to where the person was."""
    asked = {name: value for name, value in (("kind", kind), ("after", after)) if value}
    return f"/operations/queues/{queue.name}/failed" + (f"?{urlencode(asked)}" if asked else "")


def _carrier(request: Request) -> Carrier:
    carrier: Carrier | None = request.app.state.carrier
    if carrier is None:
        raise Unavailable("REDIS_URL is not set, so there are no queues.")
    return carrier


async def _asked(work: Coroutine[Any, Any, T]) -> T:
    """What Redis answers. Its own words hold addresses, and stay in the log."""
    try:
        return await work
    except Unavailable as error:
        raise Unavailable("Redis does not answer, so the queues are as they were.") from error
    except UNREACHABLE as error:
        log.warning("an act on the queues broke off", error=repr(error))
        raise Unavailable("Redis does not answer, so it is not known how much of this was done.") from error


def _noted(operator: Operator, act: str, queue: Queue, **about: object) -> None:
    log.info(
        "operator acted", act=act, queue=queue.name, actor=operator.actor.name, user_id=str(operator.user.id), **about
    )
