"""Making forecasts for a batch: ask outside, then read, judge and write down in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import looks
from aipromote.db.database import Database
from aipromote.publishing.changes import Key
from aipromote.publishing.forecast import outside, reading
from aipromote.publishing.forecast.judging import Heard, risks
from aipromote.publishing.forecast.outside import Troubles
from aipromote.publishing.forecast.storing import forget_finished, store
from aipromote.publishing.forecast.telling import tell
from aipromote.publishing.pace import Pace
from aipromote.publishing.transactions import persistently


async def make(
    database: Database, http: aiohttp.ClientSession, posts: Sequence[Key], *, pace: Pace | None = None
) -> None:
    """Forecast those of the posts that still wait, and tell people of new risks. What is over is forgotten."""
    troubles = await outside.ask(database, http, posts)
    organizations = {organization for organization, _ in posts}
    work = partial(_judge, posts=posts, troubles=troubles, pace=pace or Pace.from_settings())
    await persistently(database, organizations, work)
    await persistently(database, organizations, partial(forget_finished, organizations=organizations))


async def _judge(session: AsyncSession, *, posts: Sequence[Key], troubles: Troubles, pace: Pace) -> None:
    facts = await reading.read(session, posts, now=clock.now(), pace=pace)
    if facts is None:
        return
    said = await looks.looks(session, (claim.account_key for claim in facts.claims))
    found = {claim.key: risks(claim, facts, Heard(said, troubles.files, troubles.posts)) for claim in facts.claims}
    await tell(session, facts, found, await store(session, facts, found))
