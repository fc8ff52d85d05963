"""What is used is counted, within what the plan allows."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import pytest

from aipromote.billing import actions, queries
from aipromote.billing.plans import Countable
from aipromote.db.database import Database
from aipromote.errors import Conflict, InvalidInput, LimitReached
from factories import accounts


async def _used(database: Database, user_id: UUID) -> dict[str, int]:
    async with database.transaction() as session:
        return {line.what: line.used for line in await queries.usage(session, user_id=user_id)}


async def _consume(database: Database, user_id: UUID, what: Countable, amount: int = 1) -> None:
    async with database.transaction() as session:
        await actions.consume(session, user_id=user_id, what=what, amount=amount)


async def test_a_self_hosted_instance_has_no_limits_but_counts(database: Database) -> None:
    user = await accounts.user(database)
    await _consume(database, user.id, "posts_published", 10_000)
    await _consume(database, user.id, "posts_published")
    await _consume(database, user.id, "strategies_generated")
    assert await _used(database, user.id) == {
        "posts_published": 10_001,
        "posts_generated": 0,
        "strategies_generated": 1,
        "organizations_created": 0,
    }


async def test_the_limit_is_reached_and_not_passed(database: Database) -> None:
    user = await accounts.user(database, plan="free")
    await _consume(database, user.id, "posts_published", 19)
    with pytest.raises(LimitReached, match="limit of the plan Free: posts published in a month, 20"):
        await _consume(database, user.id, "posts_published", 2)
    await _consume(database, user.id, "posts_published")
    with pytest.raises(LimitReached):
        await _consume(database, user.id, "posts_published")
    assert (await _used(database, user.id))["posts_published"] == 20


async def test_a_first_use_beyond_the_limit_is_refused_too(database: Database) -> None:
    user = await accounts.user(database, plan="free")
    with pytest.raises(LimitReached):
        await _consume(database, user.id, "posts_published", 21)


async def test_two_at_once_cannot_both_take_the_last_one(database: Database) -> None:
    user = await accounts.user(database, plan="free")
    await _consume(database, user.id, "posts_published", 18)
    takers = [_consume(database, user.id, "posts_published") for _ in range(6)]
    results = await asyncio.gather(*takers, return_exceptions=True)
    assert [type(result) for result in results].count(LimitReached) == 4
    assert (await _used(database, user.id))["posts_published"] == 20


async def test_posts_are_counted_by_month_and_organizations_in_all(
    database: Database, owner: asyncpg.Connection
) -> None:
    user = await accounts.user(database, plan="free")
    await owner.execute(
        "INSERT INTO usage (id, user_id, month, posts_published, organizations_created) "
        "VALUES (gen_random_uuid(), $1, '2025-01-01', 20, 1)",
        user.id,
    )
    await _consume(database, user.id, "posts_published", 20)
    with pytest.raises(LimitReached, match="organizations, 1"):
        await _consume(database, user.id, "organizations_created")


async def test_four_fifths_are_a_reason_to_warn(database: Database) -> None:
    user = await accounts.user(database, plan="free")
    await _consume(database, user.id, "posts_published", 16)
    async with database.transaction() as session:
        near = {line.what for line in await queries.usage(session, user_id=user.id) if line.is_near_the_limit}
    assert near == {"posts_published"}


async def test_a_user_has_one_live_subscription(database: Database) -> None:
    user = await accounts.user(database)
    async with database.transaction() as session:
        await actions.start_subscription(session, user_id=user.id, plan_id="pro")
        assert (await queries.plan_of(session, user_id=user.id)).label == "Pro"
        with pytest.raises(Conflict):
            await actions.start_subscription(session, user_id=user.id, plan_id="free")
        with pytest.raises(InvalidInput, match="no plan 'gold'"):
            await actions.start_subscription(session, user_id=user.id, plan_id="gold")
        subscription = await queries.subscription(session, user_id=user.id)
    assert subscription is not None
    assert subscription.plan_id == "pro"
