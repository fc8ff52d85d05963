"""A startup with accounts on a running sandbox network, and the worker's step to be run by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from sqlalchemy import select

from aipromote import clock
from aipromote.channels import queries as channel_queries
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.notifications.models import Notification
from aipromote.publishing import queries
from aipromote.publishing.models import PublishAttempt, ScheduledPost
from aipromote.publishing.pace import Pace
from aipromote.publishing.preparing import making
from aipromote.publishing.preparing import queries as preparing
from aipromote.publishing.step import publish_batch
from aipromote.sandbox import faults
from aipromote.sandbox.store import STORE, Store
from factories import channels
from factories import publishing as factory
from factories.organizations import Startup
from sandbox.network import Network

CALM = Pace()
IMPATIENT = Pace(lease=2.0, fire_timeout=0.5)
"""For posts that the network holds up."""

AN_HOUR_OLDER = """
    SET session_replication_role = replica;
    UPDATE scheduled_posts SET updated_at = updated_at - interval '1 hour';
    SET session_replication_role = DEFAULT;
"""
"""For the owner: as if an hour had passed by the database's own clock, by which a claim has to run out, too."""


@dataclass
class Scene:
    database: Database
    network: Network
    http: aiohttp.ClientSession
    dial: clock.Dial
    startup: Startup
    account: SocialAccount
    posts: list[ScheduledPost] = field(default_factory=list)

    async def post(self, **values: Any) -> ScheduledPost:
        account = values.pop("account", self.account)
        startup = values.pop("startup", self.startup)
        row = await factory.post(self.database, startup, account, **values)
        self.posts.append(row)
        return row

    async def another_account(self, **values: Any) -> SocialAccount:
        return await channels.account(self.database, self.http, self.startup, server=self.network.url, **values)

    async def prepare(self) -> int:
        """What a worker does with the files of posts that are due soon, once. How many posts it had in its hands."""
        async with self.database.transaction() as session:
            due = await preparing.pending_preparations(session, limit=20)
        keys = [(one.pointer.organization_id, one.pointer.post_id) for one in due]
        return sum([await making.make(self.database, self.http, key) for key in keys])

    async def work(self, *, pace: Pace = CALM, **options: Any) -> None:
        """What a worker does with everything that is due, once."""
        await self.prepare()
        async with self.database.transaction() as session:
            due = await queries.pending_posts(session, limit=20)
        for one in due:
            await publish_batch(self.database, self.http, one.pointer.posts, pace=pace, **options)

    async def work_until_quiet(self, *, pace: Pace = CALM) -> None:
        """Put the clock forward to each next thing that is owed, until nothing is."""
        for _ in range(20):
            await self.work(pace=pace)
            pending = [post.next_attempt_at for post in await self.current() if post.next_attempt_at is not None]
            if not pending:
                return
            self.dial.jump(max(clock.now(), min(pending)))
        raise AssertionError([(post.status, post.error_message) for post in await self.current()])

    def fault_at_once(self, kind: str, **settings: Any) -> None:
        """Switch a fault on in the middle of a step."""
        faults.switch_on(self.network_store, kind=kind, **settings)

    @property
    def network_store(self) -> Store:
        return self.network._server.app[STORE]

    def forward(self, **span: float) -> datetime:
        self.dial.jump(clock.now() + timedelta(**span))
        return clock.now()

    async def now(self, post: ScheduledPost) -> ScheduledPost:
        async with self.database.transaction(post.organization_id) as session:
            return await queries.post(session, organization_id=post.organization_id, post_id=post.id)

    async def current(self) -> list[ScheduledPost]:
        return [await self.now(post) for post in self.posts]

    async def attempts(self, post: ScheduledPost) -> list[PublishAttempt]:
        async with self.database.transaction(post.organization_id) as session:
            found = await queries.attempts_of(session, organization_id=post.organization_id, post_id=post.id)
            return list(found)

    async def outcomes(self, post: ScheduledPost) -> list[tuple[int, str]]:
        return [(attempt.part, attempt.outcome.value) for attempt in await self.attempts(post)]

    async def piece(self, post: ScheduledPost) -> ContentPiece:
        async with self.database.transaction(post.organization_id) as session:
            found = await session.get(ContentPiece, (post.organization_id, post.content_piece_id))
            assert found is not None
            return found

    async def account_now(self) -> SocialAccount:
        async with self.database.transaction(self.startup.id) as session:
            return await channel_queries.account(session, organization_id=self.startup.id, account_id=self.account.id)

    async def told(self) -> list[tuple[str, str]]:
        """Template and reason of each message to the owner."""
        async with self.database.transaction(self.startup.id) as session:
            rows = await session.scalars(select(Notification).order_by(Notification.id))
            return [(row.template, row.data.reason) for row in rows]

    async def received(self) -> list[dict[str, Any]]:
        """What the network really got, in order; that nothing came twice is checked on the way."""
        audit = await self.network.audit()
        assert audit["duplicates"] == {}
        return audit["posts"]
