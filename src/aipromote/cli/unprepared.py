"""What a command says where the database has not the schema of this release: none yet, an older one, or a newer one."""

from __future__ import annotations

import asyncio

import asyncpg

from aipromote.cli import faults
from aipromote.cli.db.connecting import connect
from aipromote.db import revision
from aipromote.settings import Settings

_WITHOUT_SCHEMA = (
    "This database is empty: nothing of AIPromote is in it yet. Start AIPromote with `aipromote up`, which also makes "
    "the tables, or make only the tables with `aipromote db migrate`. If you expected your data here, look at the "
    "folder (--data, AIPROMOTE_HOME) and at DATABASE_URL: they may name another place. Nothing was changed."
)


def unprepared(error: BaseException, config: Settings) -> str | None:
    """What is wrong with the schema, if that explains the error; None if it does not, or if it cannot be asked."""
    if not faults.may_lack_schema(error) or config.database_url is None:
        return None
    try:
        found = asyncio.run(_current(config.require("database_url")))
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return None
    head = revision.head()
    if found is None:
        return _WITHOUT_SCHEMA
    if found == head:
        return None
    if found > head:
        return (
            f"The database belongs to a newer release of AIPromote (its schema is {found}, this release knows {head}). "
            "Use that release. Nothing was changed."
        )
    return (
        f"The database has the schema of an older release ({found}; this release wants {head}). Bring it up to date "
        "with `aipromote db migrate`; `aipromote up` does it, too. Your data is safe."
    )


async def _current(owner_url: str) -> str | None:
    """The migration that was applied last; None before the first one."""
    connection = await connect(owner_url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await connection.fetchval("SELECT max(version_num) FROM alembic_version")
        return found
    finally:
        await connection.close()
