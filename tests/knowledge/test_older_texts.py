"""Texts that were indexed with their accents are indexed without them by the migration, once."""

from __future__ import annotations

from importlib import import_module

import asyncpg
from sqlalchemy import make_url

from aipromote.content import listing
from aipromote.db.backfill import fill
from aipromote.db.database import Database, create_engine
from factories import content, organizations

MIGRATION = import_module("aipromote.db.migrations.versions.0027_passages")


async def _filled(url: str) -> list[int]:
    engine = create_engine(make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False))
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            return [await connection.run_sync(lambda found, task=task: fill(found, task)) for task in MIGRATION.TASKS]
    finally:
        await engine.dispose()


async def test_older_rows_are_found_without_accents_after_the_migration(
    database: Database, owner: asyncpg.Connection, owner_url: str
) -> None:
    startup = await organizations.organization(database)
    accented, plain = [await content.piece(database, startup, body=words) for words in ("Le café ouvre.", "A cafe.")]
    await owner.execute("UPDATE content_pieces SET search = to_tsvector('simple', body)")

    async def found() -> set[object]:
        async with database.transaction(startup.id) as session:
            rows = await listing.search(session, organization_id=startup.id, words="cafe ")
        return {row.id for row in rows.rows}

    assert await found() == {plain.id}
    assert (await _filled(owner_url))[0] == 1, "only the row with an accent"
    assert await found() == {plain.id, accented.id}
    assert await _filled(owner_url) == [0, 0], "what is done is not done again"
