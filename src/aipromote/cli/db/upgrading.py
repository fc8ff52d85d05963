"""The schema brought up to date, and with it what the new tables keep of the old ones."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from aipromote.analytics import upkeep
from aipromote.db import migrate
from aipromote.db.database import Database
from aipromote.db.migrator import OnEvent


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Which migrations were applied, where the schema is now, and the numbers of how many posts were counted."""

    applied: list[str]
    current: str | None
    counted: int


def _silent(_event: str) -> None:
    """Nobody waits for the news."""


async def upgrade(url: str, *, database: Database | None = None, on_event: OnEvent = _silent) -> Upgraded:
    """Apply what is pending to the owner's `url`. Raises MigrationFailed.

    Then the numbers that the tables from before have and the new ones do not know yet are counted, so that no page is
    without them until a worker's first round. `database` is the application's way in (None: as the settings say).
    """
    before = await migrate.status(url)
    after = await migrate.upgrade(url, on_event=on_event)
    counted = 0
    if before.current and before.pending:
        counted = await _count(database, on_event)
    return Upgraded(before.pending, after.current, counted)


async def _count(database: Database | None, on_event: OnEvent) -> int:
    way_in = database or Database.from_settings("aipromote migrate")
    try:
        counted = await upkeep.catch_up(way_in)
    except (SQLAlchemyError, OSError) as error:
        on_event(f"The numbers of older posts could not be counted now; a worker will do it: {type(error).__name__}.")
        return 0
    finally:
        if database is None:
            await way_in.close()
    if counted:
        on_event(f"The numbers of {counted:,} older posts were counted.")
    return counted
