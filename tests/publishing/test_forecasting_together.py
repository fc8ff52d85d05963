"""Forecasts of many posts, by many workers, while posts are sent and things are repaired."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import aiohttp
import asyncpg
import pytest
from sqlalchemy import event, select, update

from aipromote import clock
from aipromote.channels.models import SocialAccount
from aipromote.content.models import ContentPiece
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.notifications.models import Notification
from aipromote.publishing import queries as posts
from aipromote.publishing.forecast import queries
from aipromote.publishing.forecast.making import make
from aipromote.publishing.forecast.timing import next_look
from aipromote.publishing.models import PostForecast, ScheduledPost
from aipromote.publishing.states import PostStatus
from factories import organizations
from factories import publishing as factory
from publishing.forecast_scene import AT_RISK, WILL_PUBLISH, forecast, look, looked, tomorrow
from publishing.scene import Scene


async def _letters(scene: Scene) -> list[Notification]:
    async with scene.database.transaction(scene.startup.id) as session:
        found = select(Notification).where(Notification.template == "post-at-risk").order_by(Notification.id)
        return list(await session.scalars(found))


async def _many(scene: Scene, number: int, **values: object) -> list[ScheduledPost]:
    return [await tomorrow(scene, body=f"Bread with {chr(97 + place)}.", **values) for place in range(number)]


async def test_posts_of_an_account_with_the_same_risk_are_told_of_in_one_letter(scene: Scene) -> None:
    batch = [(post.organization_id, post.id) for post in await _many(scene, 12, approved=False)]
    await make(scene.database, scene.http, batch)
    [letter] = await _letters(scene)
    assert letter.data.count == "12"
    assert len((letter.data.posts or "").splitlines()) == 12
    scene.forward(minutes=2)
    await look(scene)
    assert len(await _letters(scene)) == 1


async def test_one_letter_gives_each_post_its_own_reason_where_they_differ(scene: Scene) -> None:
    account = await scene.another_account(handle="strict", platform=Platform.TWITTER)
    for times in (60, 70):
        await tomorrow(scene, account=account, body="Rye. " * times)
    await look(scene)
    [letter] = await _letters(scene)
    assert "  The text is too long for X: 300 of 280 allowed." in (letter.data.posts or "")
    assert "  The text is too long for X: 350 of 280 allowed." in (letter.data.posts or "")
    assert letter.data.reason == "Shorten the text."


async def test_another_risk_of_the_same_post_is_told_of_as_well(scene: Scene) -> None:
    post = await tomorrow(scene, approved=False)
    await look(scene)
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(ContentPiece).values(platform="BLUESKY"))
    await look(scene)
    letters = await _letters(scene)
    assert len(letters) == 2
    assert letters[1].data.path == f"/posts/{post.id}"
    assert "Bluesky" in (letters[1].data.reason or "")


async def test_two_workers_at_once_write_one_forecast_and_one_letter_and_ask_once(scene: Scene) -> None:
    own = await _many(scene, 5, approved=False)
    keys = [(post.organization_id, post.id) for post in own]
    asked: list[str] = []
    async with _counting(asked) as http:
        await asyncio.gather(*(make(scene.database, http, keys) for _ in range(4)))
        await make(scene.database, http, keys)
    assert len(asked) == 1
    assert len(await _letters(scene)) == 1
    async with scene.database.transaction(scene.startup.id) as session:
        rows = (await session.scalars(select(PostForecast))).all()
    assert {row.scheduled_post_id for row in rows} == {post.id for post in own}
    assert {row.state for row in rows} == {AT_RISK}


async def test_a_network_is_asked_again_only_after_some_minutes_or_when_the_account_was_changed(scene: Scene) -> None:
    [post] = await _many(scene, 1)
    asked: list[str] = []
    async with _counting(asked) as http:
        for minutes, expected in ((0, 1), (2, 1), (4, 2), (1, 2)):
            scene.forward(minutes=minutes)
            await make(scene.database, http, [(post.organization_id, post.id)])
            assert len(asked) == expected
        await scene.another_account(handle=scene.account.handle)
        await make(scene.database, http, [(post.organization_id, post.id)])
        assert len(asked) == 3


def _counting(asked: list[str]) -> aiohttp.ClientSession:
    """A client that notes every question about a profile."""

    async def note(_session: object, _context: object, sent: aiohttp.TraceRequestStartParams) -> None:
        if sent.url.path.endswith("/accounts/me"):
            asked.append(str(sent.url))

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    return aiohttp.ClientSession(trace_configs=[trace])


async def test_a_post_that_is_being_sent_or_is_out_gets_no_forecast(scene: Scene) -> None:
    post = await tomorrow(scene)
    await looked(scene, post)
    scene.dial.jump(post.scheduled_at)
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    await make(scene.database, scene.http, [(post.organization_id, post.id)])
    async with scene.database.transaction(scene.startup.id) as session:
        assert (await session.scalars(select(PostForecast))).all() == []
    assert await forecast(scene, post) is None


async def test_a_post_that_is_sent_while_it_is_looked_at_is_sent_once_and_keeps_its_state(scene: Scene) -> None:
    post = await scene.post(at=clock.now() + timedelta(seconds=1))
    key = (post.organization_id, post.id)
    looking = asyncio.gather(*(make(scene.database, scene.http, [key]) for _ in range(3)))
    scene.forward(seconds=2)
    await asyncio.gather(looking, scene.work())
    await scene.work()
    assert (await scene.now(post)).status is PostStatus.PUBLISHED
    assert len(await scene.received()) == 1
    assert await _letters(scene) == []


async def test_an_older_look_never_replaces_a_newer_one(scene: Scene, owner: asyncpg.Connection) -> None:
    post = await tomorrow(scene, approved=False)
    await look(scene)
    await owner.execute("UPDATE post_forecasts SET seen_at = now() + interval '1 hour'")
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(factory.approval(scene.startup, post.content_piece_id))
    await make(scene.database, scene.http, [(post.organization_id, post.id)])
    found = await forecast(scene, post)
    assert found is not None
    assert found.state is AT_RISK


REPAIRS = {
    "the post": update(ScheduledPost).values(max_attempts=4),
    "its text": update(ContentPiece).values(title="Bread"),
    "its account": update(SocialAccount).values(display_name="Bread"),
}


@pytest.mark.parametrize("what", [*REPAIRS, "an approval"])
async def test_what_a_person_changes_is_looked_at_again_at_once(
    scene: Scene, owner: asyncpg.Connection, what: str
) -> None:
    post = await tomorrow(scene)
    await look(scene)
    await _an_hour_later(owner)
    assert await look(scene) == 0
    async with scene.database.transaction(scene.startup.id) as session:
        if what == "an approval":
            session.add(factory.approval(scene.startup, post.content_piece_id, decision="CHANGES_ASKED"))
        else:
            await session.execute(REPAIRS[what])
    assert await look(scene) == 1


async def _an_hour_later(owner: asyncpg.Connection) -> None:
    """As if all of it had happened an hour ago, by the database's clock."""
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        for table in ("scheduled_posts", "content_pieces", "social_accounts", "approvals"):
            await owner.execute(f"UPDATE {table} SET updated_at = updated_at - interval '1 hour'")
        await owner.execute("UPDATE post_forecasts SET seen_at = seen_at - interval '30 minutes'")


async def test_a_batch_takes_as_many_statements_as_one_post(scene: Scene) -> None:
    own = await _many(scene, 25)
    keys = [(post.organization_id, post.id) for post in own]
    await make(scene.database, scene.http, keys)
    counts = []
    for part in (keys[:1], keys):
        with _statements(scene.database) as statements:
            await make(scene.database, scene.http, part)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[1] <= 30, statements


@contextmanager
def _statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_posts_of_other_organizations_are_neither_read_nor_told(scene: Scene) -> None:
    await tomorrow(scene, approved=False)
    stranger = await organizations.organization(scene.database, name="Stranger")
    await look(scene)
    async with scene.database.transaction(stranger.id) as session:
        assert (await session.scalars(select(PostForecast))).all() == []
        assert await queries.at_risk(session, organization_id=scene.startup.id) == []
        assert (await session.scalars(select(Notification))).all() == []


async def test_posts_of_several_organizations_in_one_batch_keep_their_own_facts(scene: Scene) -> None:
    other = await organizations.organization(scene.database, name="Rye")
    mine = await tomorrow(scene, approved=False)
    account = await _account(scene, other)
    theirs = await scene.post(account=account, startup=other, at=clock.now() + timedelta(hours=20))
    await make(scene.database, scene.http, [(mine.organization_id, mine.id), (theirs.organization_id, theirs.id)])
    states = (
        {(await forecast(scene, one)).state for one in (mine,)},
        {(await forecast(scene, one)).state for one in (theirs,)},
    )
    assert states == ({AT_RISK}, {WILL_PUBLISH})


async def _account(scene: Scene, startup: organizations.Startup) -> SocialAccount:
    from factories import channels  # noqa: PLC0415 -- only here

    return await channels.account(scene.database, scene.http, startup, server=scene.network.url, handle="rye")


def test_the_last_look_is_a_few_minutes_before_the_post_is_due() -> None:
    now = clock.now()
    due = now + timedelta(hours=20)
    assert next_look(now=now, due=due, is_at_risk=False) == now + timedelta(minutes=15)
    assert next_look(now=now, due=due, is_at_risk=True) == now + timedelta(minutes=1)
    soon = now + timedelta(minutes=9)
    assert next_look(now=now, due=soon, is_at_risk=False) == soon - timedelta(minutes=3)
    at_once = now + timedelta(minutes=2)
    assert next_look(now=now, due=at_once, is_at_risk=False) >= at_once


async def test_everything_that_is_due_is_found_in_batches_of_fifty(scene: Scene) -> None:
    for hours in range(60):
        await scene.post(at=clock.now() + timedelta(minutes=10 + hours), body=f"Bread {chr(97 + hours % 26)} {hours}.")
    async with scene.database.transaction() as session:
        due = await queries.pending_forecasts(session, limit=20)
        assert await posts.pending_posts(session, limit=20) == []
    assert all(len(one.pointer.posts) <= 50 for one in due)
    assert sum(len(one.pointer.posts) for one in due) == 60
