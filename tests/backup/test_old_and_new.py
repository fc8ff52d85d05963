"""The whole way: an instance is backed up and goes on sending, another one is restored from it. Every post once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from aipromote import clock, settings
from aipromote.backup import restoring, taking
from aipromote.backup.programs import Programs
from aipromote.db.database import Database
from aipromote.db.sealing import ring
from aipromote.publishing import holds, queries
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.publishing.step import publish_batch
from backup.conftest import PASSPHRASE, Place, at
from publishing.scene import Scene


async def work(scene: Scene, database: Database) -> None:
    """What that instance's worker does with everything that is due there, once."""
    async with database.transaction() as session:
        due = await queries.pending_posts(session, limit=20)
    for one in due:
        await publish_batch(database, scene.http, one.pointer.posts)


async def test_what_the_old_instance_sent_after_the_backup_is_not_sent_again(
    scene: Scene, empty: Place, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    early = [await scene.post(body=f"Sent before {chr(65 + number)}.") for number in range(3)]
    await scene.work()
    gap = [await scene.post(body=f"In the gap {chr(65 + n)}.", at=now + timedelta(minutes=10 + n)) for n in range(4)]
    later = [await scene.post(body=f"Later {chr(65 + number)}.", at=now + timedelta(hours=5)) for number in range(3)]
    asked = await scene.post(body="Without an answer.", at=now + timedelta(minutes=1))
    scene.forward(minutes=2)
    await scene.network.fault("store_then_drop")
    await scene.work()
    assert (await scene.now(asked)).status is PostStatus.UNCONFIRMED
    file = tmp_path / "one.backup"
    await taking.take(settings.get().require("database_url"), file, secret=PASSPHRASE, programs=programs)
    scene.forward(minutes=20)  # the old instance goes on: the posts in the gap go out, and the look-up is answered
    await scene.work()
    sent_by_the_old = {post["key"] for post in await scene.received()}
    assert len(sent_by_the_old) == len(early) + len(gap) + 1

    with at(empty, monkeypatch):
        await restoring.restore(empty.url, file, secret=PASSPHRASE, programs=programs, ring=ring())
        database = Database.from_settings("tests")
        scene.forward(minutes=10)
        await work(scene, database)
        assert len(await scene.received()) == len(sent_by_the_old)
        async with database.transaction(scene.startup.id) as session:
            released = await holds.release(session, scene.startup.owner, organization_id=scene.startup.id)
        assert released == holds.Released(missed=len(gap), asked=1, parked=0)
        scene.forward(hours=6)
        for _ in range(3):
            await work(scene, database)
        async with database.transaction(scene.startup.id) as session:
            posts = (await session.scalars(select(ScheduledPost))).all()
        await database.close()
    received = await scene.received()
    assert len(received) == len({post["key"] for post in received}) == len(early) + len(gap) + len(later) + 1
    states = {post.id: post.status for post in posts}
    assert {states[post.id] for post in gap} == {PostStatus.MISSED}
    assert {states[post.id] for post in [*early, *later, asked]} == {PostStatus.PUBLISHED}
