"""A scene in which forecasts are made by hand, as a worker makes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from aipromote import clock
from aipromote.documents.vocabulary import Platform
from aipromote.publishing.forecast import queries
from aipromote.publishing.forecast.making import make
from aipromote.publishing.models import PostForecast, ScheduledPost
from aipromote.publishing.states import ForecastState
from factories import channels as accounts
from publishing.scene import Scene

AT_RISK, WILL_PUBLISH = ForecastState.AT_RISK, ForecastState.WILL_PUBLISH


async def tomorrow(scene: Scene, **values: Any) -> ScheduledPost:
    """A post that is due in twenty hours."""
    return await scene.post(at=clock.now() + timedelta(hours=20), **values)


async def look(scene: Scene) -> int:
    """What a worker does with every forecast that is to be made, once; how many posts that were."""
    async with scene.database.transaction() as session:
        due = await queries.pending_forecasts(session, limit=20)
    for one in due:
        await make(scene.database, scene.http, one.pointer.posts)
    return sum(len(one.pointer.posts) for one in due)


async def forecast(scene: Scene, post: ScheduledPost) -> PostForecast | None:
    async with scene.database.transaction(post.organization_id) as session:
        found = await queries.forecasts(session, organization_id=post.organization_id, post_ids=[post.id])
    return found.get(post.id)


async def looked(scene: Scene, post: ScheduledPost) -> PostForecast:
    """The forecast after a look."""
    await look(scene)
    found = await forecast(scene, post)
    assert found is not None
    return found


async def kinds(scene: Scene, post: ScheduledPost) -> list[str]:
    """The kinds of risk that a look finds."""
    return [risk.kind for risk in (await looked(scene, post)).risks]


Trouble = Callable[[Scene], Awaitable[tuple[ScheduledPost, Callable[[], Awaitable[None]]]]]
"""Makes a post with something wrong; answers it, and what a person does about it."""


async def change(scene: Scene, statement: Any) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(statement)


async def add(scene: Scene, row: Any) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        session.add(row)


async def connect_again(scene: Scene) -> None:
    again = await accounts.account(scene.database, scene.http, scene.startup, server=scene.network.url)
    assert again.id == scene.account.id


async def limited(scene: Scene, platform: Platform, **values: Any) -> ScheduledPost:
    account = await scene.another_account(handle="strict", platform=platform)
    return await tomorrow(scene, account=account, **values)
