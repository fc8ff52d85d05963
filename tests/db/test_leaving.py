"""Who may be deleted, and what goes along."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from aipromote.accounts.models import User
from aipromote.brand import actions as brand
from aipromote.db.database import Database
from aipromote.organizations.states import Role
from factories import organizations
from factories.organizations import Startup


async def _with_facts_of_both(database: Database) -> tuple[Startup, UUID]:
    startup = await organizations.organization(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        for actor in (startup.owner, editor):
            await brand.add_fact(
                session, actor, organization_id=startup.id, statement=f"By {actor.name}", source="The ledger"
            )
    assert editor.user_id is not None
    return startup, editor.user_id


async def _delete(database: Database, user_id: UUID | None) -> None:
    async with database.transaction() as session:
        await session.execute(delete(User).where(User.id == user_id))


async def test_an_owner_goes_with_all_that_was_written_in_the_organization(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup, editor = await _with_facts_of_both(database)
    await _delete(database, startup.owner.user_id)
    assert await owner.fetchval("SELECT count(*) FROM organizations") == 0
    assert await owner.fetchval("SELECT count(*) FROM facts") == 0
    assert await owner.fetchval("SELECT array_agg(id) FROM users") == [editor]


async def test_somebody_who_wrote_in_an_organization_that_stays_is_not_deleted(
    database: Database, owner: asyncpg.Connection
) -> None:
    _, editor = await _with_facts_of_both(database)
    with pytest.raises(IntegrityError, match="fk_facts_recorded_by"):
        await _delete(database, editor)
    assert await owner.fetchval("SELECT count(*) FROM users") == 2
