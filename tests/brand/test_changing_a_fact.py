"""A fact may say something else from now on, and the log keeps what it said."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.audit.models import Entry
from aipromote.brand import actions, queries
from aipromote.brand.models import Fact
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.facts import FactKind
from aipromote.errors import InvalidInput, NotFound
from factories import organizations
from factories.organizations import Startup

NEW = {"statement": "We baked 15,000 loaves", "source": "Books", "kind": FactKind.METRIC, "expires_on": None}


async def _with_facts(database: Database) -> tuple[Startup, UUID]:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        mine = {"organization_id": startup.id}
        await actions.add_fact(session, startup.owner, **mine, statement="We use rye", source="Recipes")
        fact = await actions.add_fact(session, startup.owner, **mine, statement="We baked 12 loaves", source="Books")
    return startup, fact.id


async def _log(session: AsyncSession, startup: Startup) -> list[Entry]:
    return list(await session.scalars(select(Entry).where(Entry.organization_id == startup.id)))


async def test_a_changed_fact_keeps_its_id_and_the_log_what_it_said(database: Database) -> None:
    startup, key = await _with_facts(database)
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        last = date(2027, 1, 31)
        changed = await actions.change_fact(
            session, startup.owner, **mine, fact_id=key, **(NEW | {"expires_on": last, "statement": " We baked 15 "})
        )
        assert (changed.id, changed.statement, changed.expires_on) == (key, "We baked 15", last)
    async with database.transaction(startup.id) as session:
        assert {one.statement for one in await queries.facts(session, **mine)} == {"We use rye", "We baked 15"}
        [entry] = [one for one in await _log(session, startup) if one.action == "fact.changed"]
    assert entry.detail.before["statement"] == "We baked 12 loaves"
    assert entry.detail.after == {"statement": "We baked 15", "kind": "metric", "expires_on": "2027-01-31"}


async def test_saving_a_fact_as_it_is_says_nothing_to_the_log(database: Database) -> None:
    startup, key = await _with_facts(database)
    async with database.transaction(startup.id) as session:
        row = await session.get_one(Fact, (startup.id, key))
        same = {"statement": row.statement, "source": row.source or "", "kind": row.kind, "expires_on": row.expires_on}
        await actions.change_fact(session, startup.owner, organization_id=startup.id, fact_id=key, **same)
        assert not [one for one in await _log(session, startup) if one.action == "fact.changed"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"statement": "  "}, "statement", "needs a statement"),
        ({"source": ""}, "source", "needs a source"),
        ({"statement": "We use rye"}, "statement", "Another fact says exactly this"),
    ],
)
async def test_what_no_fact_may_be_is_refused_by_field(
    database: Database, changes: dict[str, str], field: str, words: str
) -> None:
    startup, key = await _with_facts(database)
    async with database.transaction(startup.id) as session:
        with pytest.raises(InvalidInput, match=words) as refused:
            await actions.change_fact(
                session, startup.owner, organization_id=startup.id, fact_id=key, **(NEW | changes)
            )
    assert refused.value.field == field


async def test_a_fact_that_is_not_there_is_not_found(database: Database) -> None:
    startup, _ = await _with_facts(database)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotFound):
            await actions.change_fact(session, startup.owner, organization_id=startup.id, fact_id=new_id(), **NEW)
