"""Two at once, step by step: a worker that stands still at points of its step, and whoever is at its posts meanwhile.

Each of the two has connections of its own. The worker runs in a thread, so that it can stand still inside of an open
transaction; that the other one waits for its locks is asked of PostgreSQL.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.util import await_only

from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.errors import Conflict
from aipromote.publishing.changes import Key
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import FINAL, PostStatus
from aipromote.publishing.step import publish_batch
from publishing.scene import CALM, Scene

DONE = "done"
Verb = Callable[[AsyncSession, Scene, ScheduledPost], Awaitable[object]]
"""What a person does with a post, its piece, or its account."""

_WAITS = """
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1
                      AND wait_event_type = 'Lock')
"""
_OLDER = """
    SET session_replication_role = replica;
    UPDATE scheduled_posts SET updated_at = updated_at - make_interval(secs => {seconds})
     WHERE (organization_id, id) IN (SELECT organization_id, id FROM scheduled_posts FOR UPDATE SKIP LOCKED);
    SET session_replication_role = DEFAULT;
"""
_PARTS = "SELECT greatest(1, cardinality(parts)) FROM content_revisions WHERE piece_id = $1 AND number = $2"
_POLL = 0.005


class Worker:
    """One publish step. It stands still each time that it gets to one of the points, until `go_on` or `through`."""

    def __init__(self, posts: Sequence[Key], points: Sequence[str], *, pace: Pace, name: str) -> None:
        self.name = name
        self.reached: list[str] = []
        self._posts, self._points, self._pace = posts, frozenset(points), pace
        self.point: str | None = None
        """Where it stands still."""
        self._stands = asyncio.Event()
        self._may_go = threading.Semaphore(0)
        self._is_free = False

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.task = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(self._work())))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.let_go()
        await asyncio.wait({self.task})

    async def stand(self) -> str | None:
        """Where it stands still next; None when it is through."""
        arriving = asyncio.ensure_future(self._stands.wait())
        await asyncio.wait({arriving, self.task}, return_when=asyncio.FIRST_COMPLETED)
        arriving.cancel()
        if self.point is None:
            self.task.result()  # how it went wrong, if it did
        return self.point

    def go_on(self) -> None:
        """Up to the next point."""
        self._leave()

    async def through(self) -> set[Key]:
        """Let it go to its end without a stop. Returns the posts to which nothing was owed."""
        self.let_go()
        return await self.task

    def let_go(self) -> None:
        """From now on it does not stop."""
        self._is_free = True
        self._leave()

    def _leave(self) -> None:
        self.point = None
        self._stands.clear()
        self._may_go.release()

    def _arrive(self, point: str) -> None:
        self.point = point
        self._stands.set()

    async def _work(self) -> set[Key]:
        database = Database.from_settings(self.name)
        try:
            async with wire.open_session() as http:
                return await publish_batch(database, http, self._posts, pace=self._pace, at=self._at)
        finally:
            await database.close()

    def _at(self, point: str) -> None:
        self.reached.append(point)
        if point in self._points and not self._is_free:
            self._loop.call_soon_threadsafe(self._arrive, point)
            self._may_go.acquire()


@dataclass
class Race:
    """The scene, the database's owner as the referee, and the connections of whoever races with the worker."""

    scene: Scene
    owner: asyncpg.Connection
    rival: Database
    name: str = "rival"

    def worker(self, *points: str, pace: Pace = CALM, name: str = "worker") -> Worker:
        """A step over all posts of the scene; it runs while it is entered."""
        keys = [(post.organization_id, post.id) for post in self.scene.posts]
        return Worker(keys, points, pace=pace, name=name)

    def another_step(self, *, pace: Pace = CALM) -> asyncio.Task[set[Key]]:
        """A second worker with the same batch."""
        keys = [(post.organization_id, post.id) for post in self.scene.posts]
        return asyncio.create_task(publish_batch(self.rival, self.scene.http, keys, pace=pace))

    async def does(self, verb: Verb, post: ScheduledPost) -> str:
        """`DONE`, or what a person reads who was too late."""
        try:
            async with self.rival.transaction(post.organization_id) as session:
                await verb(session, self.scene, post)
        except Conflict as refused:
            return refused.message
        return DONE

    def start(self, verb: Verb, post: ScheduledPost) -> asyncio.Task[str]:
        """The same at the same time as what comes next."""
        return asyncio.create_task(self.does(verb, post))

    async def waits(self, task: asyncio.Task[Any], name: str = "rival") -> bool:
        """Whether it gets stuck at a lock of somebody else; False when it is through."""
        while not task.done():
            if await self.owner.fetchval(_WAITS, name):
                return True
            await asyncio.wait({task}, timeout=_POLL)
        return False

    async def rests(self, worker: Worker) -> None:
        """Until it does not move any more by itself: it stands still, waits for a lock, or is through."""
        while not (worker.task.done() or worker.point) and not await self.owner.fetchval(_WAITS, worker.name):
            await asyncio.wait({worker.task}, timeout=_POLL)

    async def pass_time(self, seconds: float, *, database: float | None = None) -> None:
        """By the product's clock and, as long or longer, by the database's own. What somebody has locked stays."""
        self.scene.forward(seconds=seconds)
        await self.owner.execute(_OLDER.format(seconds=float(database or seconds)))

    @asynccontextmanager
    async def before_writing(self, verb: Verb, post: ScheduledPost) -> AsyncIterator[asyncio.Task[str]]:
        """The verb has read all that it goes by and is about to change a row; it goes on when this is left."""
        there, go_on = asyncio.Event(), asyncio.Event()

        def stop(_c: object, _k: object, statement: str, *_: object) -> None:
            if statement.startswith("UPDATE ") and not there.is_set():
                there.set()
                await_only(go_on.wait())

        event.listen(self.rival.engine.sync_engine, "before_cursor_execute", stop)
        task = self.start(verb, post)
        try:
            arriving = asyncio.ensure_future(there.wait())
            await asyncio.wait({arriving, task}, return_when=asyncio.FIRST_COMPLETED)
            arriving.cancel()
            assert not task.done(), "it came to its end before it changed anything"
            yield task
        finally:
            go_on.set()
            await asyncio.wait({task})
            event.remove(self.rival.engine.sync_engine, "before_cursor_execute", stop)

    async def step_during(self, verb: Verb, post: ScheduledPost, *, commits: bool = True) -> tuple[bool, set[Key]]:
        """A whole step that begins while the verb's transaction is open, and the verb's end once the step waits for it.

        Returns whether it had to wait, and the posts to which nothing was owed.
        """
        async with AsyncExitStack() as until_the_end:
            async with self.rival.transaction(post.organization_id) as session:
                await verb(session, self.scene, post)
                worker = await until_the_end.enter_async_context(self.worker())
                waited = await self.waits(worker.task, worker.name)
                if not commits:
                    await session.rollback()
            return waited, await worker.through()

    async def let_it_end(self) -> None:
        """Work until nothing is owed any more, however far ahead that is."""
        for _ in range(40):
            await self.scene.work()
            open_posts = [post for post in await self.scene.current() if post.status not in FINAL]
            if not open_posts:
                return
            due = min(post.claimed_until or post.next_attempt_at or post.scheduled_at for post in open_posts)
            await self.pass_time(max(0.0, (due - self.scene.forward()).total_seconds()) + 0.1)
        raise AssertionError([(post.status, post.error_message) for post in await self.scene.current()])

    async def is_true(self) -> None:
        """Nothing is out twice; a post is PUBLISHED where all of its parts are out, in their order, and only there."""
        received = await self.scene.received()
        assert len({one["key"] for one in received}) == len(received)
        for post in await self.scene.current():
            parts = await self.owner.fetchval(_PARTS, post.content_piece_id, post.revision)
            own = [one for one in received if one["key"].startswith(post.idempotency_key)]
            said = sorted(
                (one.part, one.platform_post_id) for one in await self.scene.attempts(post) if one.platform_post_id
            )
            assert said == [(position, one["id"]) for position, one in enumerate(own)]
            assert [one["reply_to"] for one in own] == [None, *(one["id"] for one in own)][: len(own)]
            if post.status is PostStatus.PUBLISHED:
                assert len(own) == parts, "PUBLISHED, and not all of it is out"
                assert post.platform_post_id == own[0]["id"]
            else:
                assert len(own) < parts, f"{post.status}, and all of it is out"
