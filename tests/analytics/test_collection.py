"""Counters are fetched over HTTP from a running sandbox network; what cannot be fetched leaves no numbers behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from aipromote import clock
from aipromote.analytics import handlers, queries
from aipromote.analytics.jobs import SLOTS, Capture
from aipromote.channels.models import SocialAccount
from aipromote.connectors.wire import open_session
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.jobs.outcomes import Cancel, Done, Snooze
from aipromote.publishing.models import ScheduledPost
from factories import analytics, organizations
from sandbox.network import Network

HOUR, DAY = SLOTS[0], SLOTS[1]


@dataclass
class Scene:
    """One post that is out on the sandbox network, and its account."""

    database: Database
    network: Network
    dial: clock.Dial
    post: ScheduledPost
    account: SocialAccount
    http: object

    @property
    def organization_id(self) -> UUID:
        return self.account.organization_id

    async def collect(self, slot: int = HOUR):
        pointer = Capture(organization_id=self.organization_id, post_id=self.post.id, slot=slot)
        return await handlers.collect(pointer, database=self.database, http=self.http)

    async def snapshots(self):
        async with self.database.transaction(self.organization_id) as session:
            return await queries.history(session, organization_id=self.organization_id, post_id=self.post.id)

    async def due(self):
        async with self.database.transaction() as session:
            return [one.pointer.slot for one in await queries.pending_captures(session, limit=50)]

    def wait(self, seconds: float) -> None:
        self.dial.jump(self.post.published_at + timedelta(seconds=seconds))


@pytest.fixture
def dial(tmp_path: Path):
    made = clock.Dial.create(tmp_path / "dial", start=datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    clock.use(tmp_path / "dial")
    yield made
    clock.use(None)


@pytest.fixture
async def scene(database: Database, dial: clock.Dial, tmp_path: Path) -> AsyncIterator[Scene]:
    async with Network(tmp_path / "sandbox.db") as network, open_session() as http:
        tokens = await network.connect(handle="kiln", platform="LINKEDIN")
        _, body = await network.post(tokens["access_token"], "Why clay? Because it remembers.")
        startup = await organizations.organization(database)
        async with database.transaction(startup.id) as session:
            account = await analytics.account(
                session,
                startup.id,
                platform=Platform.LINKEDIN,
                server=network.url,
                access_token=tokens["access_token"],
                refresh_token=tokens["refresh_token"],
            )
            post = await analytics.post(
                session, account, at=datetime.fromisoformat(body["created_at"]), platform_post_id=body["id"]
            )
        yield Scene(database, network, dial, post, account, http)


async def test_a_post_is_measured_at_each_of_its_ages(scene: Scene) -> None:
    assert await scene.due() == []
    assert isinstance(await scene.collect(), Snooze), "not old enough yet"
    for count, slot in enumerate(SLOTS, start=1):
        scene.wait(slot + 90)
        assert await scene.due() == [slot]
        assert await scene.collect(slot) == Done()
        assert await scene.due() == []
        assert len(await scene.snapshots()) == count
    first, *_, last = await scene.snapshots()
    assert first.collected_at == scene.post.published_at + timedelta(seconds=HOUR)
    assert first.measured_at > first.collected_at
    assert first.impressions <= last.impressions
    assert last.impressions > 0
    assert last.period_start == scene.post.published_at
    assert last.period_end == last.measured_at
    assert 0 < last.engagement_rate < 1


async def test_measuring_a_slot_again_replaces_its_numbers(scene: Scene) -> None:
    scene.wait(HOUR)
    await scene.collect()
    scene.wait(DAY / 2)
    await scene.collect()
    (only,) = await scene.snapshots()
    assert only.measured_at >= scene.post.published_at + timedelta(seconds=DAY / 2)


async def test_a_network_that_is_away_leaves_no_numbers(scene: Scene) -> None:
    scene.wait(HOUR)
    await scene.network.fault("unavailable", target="read")
    assert isinstance(await scene.collect(), Snooze)
    assert await scene.snapshots() == []
    assert await scene.collect() == Done()


async def test_a_rate_limit_is_waited_for(scene: Scene) -> None:
    scene.wait(HOUR)
    await scene.network.fault("rate_limit", target="read", seconds=30)
    assert isinstance(await scene.collect(), Snooze)
    assert await scene.snapshots() == []


async def test_an_expired_token_is_refreshed_and_the_numbers_come(scene: Scene) -> None:
    scene.wait(HOUR)
    await scene.network.fault("expire_tokens")
    assert await scene.collect() == Done()
    assert len(await scene.snapshots()) == 1


async def test_a_revoked_account_is_not_asked_again(scene: Scene) -> None:
    scene.wait(HOUR)
    await scene.network.fault("revoke_tokens")
    outcome = await scene.collect()
    assert isinstance(outcome, Cancel)
    assert await scene.snapshots() == []
    async with scene.database.transaction(scene.organization_id) as session:
        assert (await session.scalars(select(SocialAccount.is_active))).all() == [False]


async def test_a_post_that_the_network_does_not_have_any_more_is_let_go(scene: Scene) -> None:
    scene.wait(HOUR)
    headers = {"Authorization": f"Bearer {scene.account.access_token}"}
    async with scene.network.http.delete(f"/api/v1/posts/{scene.post.platform_post_id}", headers=headers) as response:
        assert response.status == 204
    assert isinstance(await scene.collect(), Cancel)
    assert await scene.snapshots() == []


async def test_an_unknown_post_or_slot_is_let_go(scene: Scene) -> None:
    scene.wait(HOUR)
    assert isinstance(await scene.collect(slot=7), Cancel)
    pointer = Capture(organization_id=scene.organization_id, post_id=UUID(int=1), slot=HOUR)
    assert isinstance(await handlers.collect(pointer, database=scene.database, http=scene.http), Cancel)


async def test_a_month_without_a_partition_gets_one(scene: Scene, owner: asyncpg.Connection) -> None:
    async with scene.database.transaction(scene.organization_id) as session:
        old = await analytics.post(
            session,
            scene.account,
            at=datetime(2019, 12, 31, 23, 30, tzinfo=UTC),
            platform_post_id=scene.post.platform_post_id,
        )
    scene.post = old
    assert await scene.collect() == Done()
    assert await owner.fetchval("SELECT to_regclass('analytics_y2020m01') IS NOT NULL")
    assert len(await scene.snapshots()) == 1
