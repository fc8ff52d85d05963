"""No verb and no query, called for one organization with the keys of another, tells or changes anything of that one.

They are found by looking, so a new one is tested from its first day. See `verb_arguments` when it needs an argument
that nobody has made before.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import aiohttp
import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from verb_arguments import Maker, parameters, verbs

from aipromote.db.base import Base
from aipromote.db.database import Database, create_engine
from aipromote.errors import AipromoteError
from factories import content, organizations
from factories.organizations import Startup
from factories.tenants import World, drop_world, fingerprint, make_world

OF_NO_ORGANIZATION = {
    "accounts": "people and their sessions belong to no organization",
    "billing": "a plan and its use belong to a person",
    "briefs": "a draft belongs to a person, whom its policy names",
    "monitoring": "incidents belong to the instance",
    "organizations.actions.make_internal": "makes the product's own, which is nobody's",
    "analytics.actions.ensure_partition": "a table for a month, which all organizations share",
    "organizations.queries.memberships_of": "a door: where one person is a member",
    "ai.queries.owed": "a door: what the stager owes all organizations",
}
"""Verbs that are not called here, by the beginning of their name, and why. So are the stager's `pending_…` questions:
they go through doors, which are listed with what they tell."""


@pytest.fixture(scope="module")
def world(owner_url_base: str, owner_url: str) -> Iterator[World]:
    """A stranger with rows in every table."""
    name = owner_url.rpartition("/")[2].replace("test_", "verbs_")
    yield asyncio.run(make_world(owner_url_base, name, tenants=1))
    asyncio.run(drop_world(owner_url_base, name))


@pytest.fixture
async def database(world: World) -> AsyncIterator[Database]:
    database = Database(create_engine(world.application_url))
    yield database
    await database.close()


@pytest.fixture
async def startup(database: Database) -> Startup:
    """Somebody with a plan and a piece: who calls."""
    made = await organizations.organization(database)
    await content.approved(database, made)
    return made


def _name(verb: Callable[..., Any]) -> str:
    return f"{verb.__module__.removeprefix('aipromote.')}.{verb.__name__}"


def _belongs(verb: Callable[..., Any]) -> bool:
    name = _name(verb)
    of_none = any(name == known or name.startswith(f"{known}.") for known in OF_NO_ORGANIZATION)
    return not of_none and not verb.__name__.startswith("pending_")


def test_only_what_takes_no_organization_is_left_out() -> None:
    for verb in verbs():
        assert _belongs(verb) or not {"organization_id", "organization_ids"} & set(parameters(verb)), _name(verb)


@pytest.mark.parametrize("named", ["own", "foreign"])
async def test_no_verb_tells_or_changes_anything_of_another_organization(
    world: World, database: Database, startup: Startup, named: str
) -> None:
    """`own`: the caller names its own organization and the other's keys. `foreign`: the other one too."""
    [victim] = world.tenants
    owner = await asyncpg.connect(world.owner_url)
    tried = 0
    try:
        async with aiohttp.ClientSession() as http:
            before = await fingerprint(owner, world.tables, but=[startup.id])
            for verb in filter(_belongs, verbs()):
                outcome = await _call(verb, world, database, startup, http=http, named=named)
                assert str(victim) not in _told(outcome), _name(verb)
                assert await fingerprint(owner, world.tables, but=[startup.id]) == before, _name(verb)
                tried += 1
    finally:
        await owner.close()
    assert tried > 90


async def _call(
    verb: Callable[..., Any],
    world: World,
    database: Database,
    startup: Startup,
    *,
    http: aiohttp.ClientSession,
    named: str,
) -> Any:
    """What came of it, without the rows that were given to it. A refusal by the product or by the database is fine."""
    [victim] = world.tenants
    try:
        async with database.transaction(startup.id) as session:
            organization = startup.id if named == "own" else victim
            maker = Maker(session, startup.owner, http, organization, victim, world.rows[victim])
            arguments = maker.arguments(verb)
            given = {id(value) for value in arguments.values() if isinstance(value, Base)}
            outcome = await verb(**arguments)
            return None if id(outcome) in given else outcome
    except (AipromoteError, DBAPIError):
        return None


def _told(outcome: Any) -> str:
    """All that is in it, as text: rows with their columns, whatever they are wrapped in."""
    if isinstance(outcome, Base):
        return str({name: value for name, value in vars(outcome).items() if name != "_sa_instance_state"})
    if isinstance(outcome, Mapping):
        return "".join(_told(value) for value in outcome.values())
    if isinstance(outcome, (list, tuple, set, frozenset)):
        return "".join(map(_told, outcome))
    if dataclasses.is_dataclass(outcome):
        return "".join(_told(getattr(outcome, field.name)) for field in dataclasses.fields(outcome))
    return str(outcome)
