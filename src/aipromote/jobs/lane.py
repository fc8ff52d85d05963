"""One queue within a worker process: takes jobs, hands pointers to handlers, tells BullMQ what came of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

import structlog
from bullmq.custom_errors import DelayedError
from pydantic import ValidationError

from aipromote.jobs import tally
from aipromote.jobs.connection import UNREACHABLE, server_ms
from aipromote.jobs.ending import end
from aipromote.jobs.engine import Dropped
from aipromote.jobs.kinds import Kind, Pointer, Queue
from aipromote.jobs.outcomes import Cancel, Outcome, Snooze

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Handler = Callable[[Any], Awaitable[Outcome]]
"""`async (pointer) -> Done | Snooze | Cancel`. It may run twice for the same pointer, and must not mind."""
GaveUp = Callable[[Any, str], Awaitable[None]]
"""`async (pointer, reason)`: the job has failed for good; tell the row, so that it tells a person."""

_LAST_WORDS_SECONDS = 1.0  # for a handler that was cancelled to clean up after itself
_RESTART_SECONDS = 1.0


class JobFailed(Exception):
    """A handler that hung, or tried to take the worker down."""


class Lane:
    """Runs the jobs of one queue until it is stopped."""

    def __init__(
        self,
        queue: Queue,
        *,
        handlers: Mapping[Kind[Any], Handler],
        gave_up: Mapping[Kind[Any], GaveUp],
        build: Callable[[Queue, Any], Any],
        on_dropped: Callable[[Queue], Awaitable[None]],
    ) -> None:
        self.queue = queue
        self._handlers = {kind.name: (kind, handler) for kind, handler in handlers.items()}
        self._gave_up = {kind.name: (kind, told) for kind, told in gave_up.items()}
        self._build = build
        self._on_dropped = on_dropped
        self._worker: Any = None
        self._engine: asyncio.Task[None] | None = None
        self._loop: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[Outcome]] = set()
        self._asides: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._giving_back = False

    @property
    def running(self) -> int:
        """Handlers at work now."""
        return len(self._running)

    def start(self) -> None:
        """Begin to take jobs, in the background."""
        self._loop = asyncio.create_task(self._run(), name=f"lane {self.queue.name}")

    async def stop(self, *, grace_seconds: float) -> None:
        """Take nothing more, finish what runs within the grace, give the rest back to the queue."""
        self._stopping = True
        if self._worker is not None:
            # Paused, not closed: BullMQ lets go of the locks of running jobs when it begins to close.
            await self._worker.pause(do_not_wait_active=True)
            await self._finish(grace_seconds)
            await self._give_back_unstarted()
        if self._asides:
            await asyncio.wait(set(self._asides), timeout=grace_seconds)
        await end([self._engine])
        if self._loop is not None:
            await self._loop

    async def _finish(self, grace_seconds: float) -> None:
        if self._running:
            await asyncio.wait(set(self._running), timeout=grace_seconds)
        self._giving_back = True
        for task in set(self._running):
            task.cancel()
        deadline = time.monotonic() + 2 * _LAST_WORDS_SECONDS
        while (busy := {task for task in self._worker.processing if not task.done()}) and time.monotonic() < deadline:
            # A fetch that had not begun when BullMQ was paused begins to wait for jobs all the same.
            if self._worker.waiting:
                self._worker.waiting.cancel()
            await asyncio.wait(busy, timeout=0.05)

    async def _give_back_unstarted(self) -> None:
        """Jobs that arrived in the moment of stopping, which BullMQ has fetched and would not start any more."""
        for task in set(self._worker.processing):
            job = task.result() if task.done() and not task.cancelled() and not task.exception() else None
            if job is not None:
                with suppress(DelayedError, TypeError, *UNREACHABLE):
                    await self._postpone(job, job.token, 0)

    async def _run(self) -> None:
        """BullMQ's loop ends when something unforeseen reaches it, so it is begun again until the lane stops."""
        while not self._stopping:
            self._worker = self._build(self.queue, self._process)
            self._worker.on("error", self._note_error)
            self._worker.on("failed", self._note_failure)
            self._worker.on("stalled", self._note_stall)
            self._engine = asyncio.create_task(self._worker.run(), name=f"engine {self.queue.name}")
            await asyncio.wait({self._engine})
            await self._worker.close(force=True)
            if not self._stopping:
                log.warning("queue begun again", queue=self.queue.name, why=_why(self._engine))
                await asyncio.sleep(_RESTART_SECONDS)

    async def _process(self, job: Any, token: str) -> Any:
        """What BullMQ calls for each job. Returns what is kept as the job's result; raises BullMQ's own signals."""
        if self._stopping:
            await self._postpone(job, token, 0)
        kind, handler, pointer = self._read(job)
        outcome = await self._handle(job, token, kind, handler(pointer))
        if isinstance(outcome, Snooze):
            self._count(kind.name, "snoozed")
            await self._postpone(job, token, outcome.seconds)
        if isinstance(outcome, Cancel) and outcome.dropped:
            self._note_drop(job, outcome.dropped, outcome.reason)
            return {"dropped": outcome.dropped, "reason": outcome.reason}
        if isinstance(outcome, Cancel):
            self._count(kind.name, "cancelled")
            log.info("job cancelled", job=kind.name, job_id=job.id, reason=outcome.reason)
            return {"cancelled": outcome.reason}
        self._count(kind.name, "done")
        return None

    def _read(self, job: Any) -> tuple[Kind[Any], Handler, Pointer]:
        if job.name not in self._handlers:
            raise Dropped("unknown_kind", f"no handler for {job.name!r}")
        kind, handler = self._handlers[job.name]
        try:
            return kind, handler, kind.pointer.model_validate_json(json.dumps(job.data))
        except ValidationError as error:
            raise Dropped("malformed", f"malformed pointer: {error.errors(include_url=False)}") from None

    def _count(self, kind: str, outcome: str) -> None:
        known = kind if kind in self._handlers else "unknown"
        tally.count("jobs_total", queue=self.queue.name, kind=known, outcome=outcome)

    def _note_drop(self, job: Any, why: str, reason: str) -> None:
        """Logged, counted, kept for a person to look at, and never tried again by itself."""
        log.error("job dropped", queue=self.queue.name, job=job.name, job_id=job.id, why=why, reason=reason)
        self._count(job.name, "dropped")
        tally.count("jobs_dropped_total", queue=self.queue.name, reason=why)
        self._aside(self._tell_dropped())

    async def _tell_dropped(self) -> None:
        with suppress(*UNREACHABLE):
            await self._on_dropped(self.queue)

    async def _handle(self, job: Any, token: str, kind: Kind[Any], work: Awaitable[Outcome]) -> Outcome:
        """Run the handler in a task of its own, which may hang, refuse to end, or raise anything at all."""
        task = asyncio.create_task(_contained(work), name=f"job {job.id}")
        self._running.add(task)
        begun = time.monotonic()
        try:
            await asyncio.wait({task}, timeout=kind.timeout_seconds)
            if not task.done():
                await _end(task)
                raise JobFailed(f"did not finish within {kind.timeout_seconds:g} s")
            if task.cancelled() and self._giving_back:
                await self._postpone(job, token, 0)
            if task.cancelled():
                raise JobFailed("cancelled itself")
            return task.result()
        finally:
            self._running.discard(task)
            task.cancel()
            tally.observe("job_seconds", time.monotonic() - begun, queue=self.queue.name, kind=kind.name)

    async def _postpone(self, job: Any, token: str, seconds: float) -> None:
        """Back into the queue, at no cost of attempts. Always raises BullMQ's sign for that."""
        now = await server_ms(job.backend.conn)
        delay = max(0, round(seconds * 1000))
        await job.backend.moveToDelayed(job.id, now, delay, token, {"skipAttempt": True})
        raise DelayedError

    def _note_error(self, error: object, job: Any = None) -> None:
        log.warning("queue trouble", queue=self.queue.name, job_id=getattr(job, "id", None), error=repr(error))

    def _note_stall(self, job_id: str) -> None:
        log.warning("job of a dead worker taken back", queue=self.queue.name, job_id=job_id)

    def _note_failure(self, job: Any, error: Exception) -> None:
        if isinstance(error, Dropped):
            self._note_drop(job, error.why, error.words)
            return
        final = bool(job.finishedOn)
        self._count(job.name, "failed" if final else "retried")
        log.warning("job failed", job=job.name, job_id=job.id, attempt=job.attemptsMade, final=final, error=repr(error))
        if final and job.name in self._gave_up:
            self._aside(self._tell(job, str(error)))

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that the queue does not wait for, but a stop does."""
        aside = asyncio.create_task(work)
        self._asides.add(aside)
        aside.add_done_callback(self._asides.discard)

    async def _tell(self, job: Any, reason: str) -> None:
        kind, told = self._gave_up[job.name]
        try:
            await told(kind.pointer.model_validate_json(json.dumps(job.data)), reason)
        except ValidationError:
            return  # dropped as malformed; there is no row to tell
        except Exception:
            log.exception("could not record that a job has failed", job=job.name, job_id=job.id)


def _why(ended: asyncio.Task[Any]) -> str:
    return "cancelled" if ended.cancelled() else repr(ended.exception())


async def _contained(work: Awaitable[Outcome]) -> Outcome:
    """A handler that exits, or is interrupted, fails its job and not the process."""
    try:
        outcome = await work
    except (SystemExit, KeyboardInterrupt) as error:
        raise JobFailed(f"tried to end the worker: {error!r}") from error
    if not isinstance(outcome, Outcome):
        raise JobFailed(f"returned {outcome!r} and not an outcome")
    return outcome


async def _end(task: asyncio.Task[Outcome]) -> None:
    """Cancel; a task that does not listen is left behind, so that the queue goes on without it."""
    task.cancel()
    await asyncio.wait({task}, timeout=_LAST_WORDS_SECONDS)
    task.add_done_callback(lambda late: late.cancelled() or late.exception())
