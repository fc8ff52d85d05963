"""Nothing is read or written across organizations."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from aipromote.accounts.models import User
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.organizations.models import Founder, Organization


async def _organization(database: Database, name: str) -> Organization:
    key = new_id()
    async with database.transaction(key) as session:
        user = User(email=f"{name}-{uuid4()}@example.org")
        session.add(user)
        await session.flush()
        organization = Organization(
            id=key, owner_id=user.id, name=name, brief=Brief(name=name, description=f"{name} makes things.")
        )
        session.add(organization)
        await session.flush()
        session.add(Founder(organization_id=key, name=f"Founder of {name}", is_primary=True))
    return organization


async def test_a_transaction_sees_only_the_organizations_it_named(database: Database) -> None:
    first, second = await _organization(database, "First"), await _organization(database, "Second")
    async with database.transaction(first.id) as session:
        assert (await session.scalars(select(Founder.name))).all() == ["Founder of First"]
    async with database.transaction(first.id, second.id) as session:
        assert len((await session.scalars(select(Founder.name))).all()) == 2
    async with database.transaction() as session:
        assert (await session.scalars(select(Organization))).all() == []


async def test_a_row_cannot_be_written_into_another_organization(database: Database) -> None:
    first, second = await _organization(database, "First"), await _organization(database, "Second")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(first.id) as session:
            session.add(Founder(organization_id=second.id, name="Intruder"))


async def test_an_update_without_a_tenant_touches_nothing(database: Database, owner: asyncpg.Connection) -> None:
    await _organization(database, "First")
    async with database.transaction() as session:
        result = await session.execute(text("UPDATE founders SET name = 'gone'"))
        assert result.rowcount == 0
    assert await owner.fetchval("SELECT count(*) FROM founders WHERE name = 'gone'") == 0
