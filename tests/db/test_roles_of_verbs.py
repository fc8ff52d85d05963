"""Every verb in which somebody acts asks for a role: a stranger and too small a role are refused, the least one passes.

The verbs are found by looking, and the least role of each is read from the table in docs/team.md, so that a new verb
and a new line in that table both have to be true.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from verb_arguments import CannotMake, Maker, acting

import aipromote
from aipromote.accounts.actor import Actor
from aipromote.db.base import new_id
from aipromote.db.database import Database, create_engine
from aipromote.errors import NotAllowed, NotFound
from aipromote.organizations.states import Role
from factories.tenants import World, drop_world, make_world

PAGE = Path(aipromote.__file__).parents[2] / "docs" / "team.md"
_LINE = re.compile(r"^\| [^|]+ \| (owner|admin|editor|approver|viewer) \| ([^|]+) \|$", re.MULTILINE)

ASKED_BY_THEIR_CALLERS = {
    "ai.actions.ask": "the room lies below organizations; request_pieces, request_variants, intake and replanning ask",
    "ai.actions.cancel": "likewise; cancel_writing asks",
    "ai.spending.set_budget": "likewise; only the operator's command calls it",
    "content.review.links.revoke_all_of": "remove_member and leave_team ask; who leaves is no member any more by then",
    "scheduling.feeds.actions.revoke_of": "likewise",
    "content.actions.picturing.attach": "attach_file and attach_known ask",
    "content.actions.picturing.changed": "the verbs that attach, order, describe and remove files ask",
    "content.actions.reviewing.let_out": "approve and approve_many ask; through a link, the link was admitted",
    "content.actions.reviewing.send_back": "ask_changes asks; through a link, the link was admitted",
    "content.review.actions.add": "comment asks; through a link, the link was admitted",
    "content.review.actions.discard": "remove asks; through a link, only for what was said through that link",
    "content.review.telling.tell_of_comment": "add calls it",
    "content.review.telling.tell_of_decision": "tells what was decided through a link, which was admitted",
    "scheduling.actions.changing.cancel_open_posts": "publishing.actions.cancel asks for each post",
    "audit.actions.record": "writes down what a verb did that asked",
}
OF_ANYBODY_SIGNED_IN: dict[str, str] = {
    "organizations.actions.create": "founds an organization, in which nobody has a role before",
    "briefs.actions.finish": "founds one likewise, from a draft that belongs to a person",
    "strategy.intake.begin": "founds one likewise",
    "portability.importing.import_organization": "founds one likewise, out of files",
    "organizations.invitations.accept": "asks for an invitation to the person's own address",
    "accounts.changing.profile": "changes one's own account",
    "accounts.changing.password": "likewise, with the password that counts now",
    "accounts.changing.ask_for_email": "likewise",
    "accounts.changing.confirm_email": "likewise, with the link that was mailed to the new address",
    "accounts.identities.link": "adds a way into one's own account",
    "accounts.identities.unlink": "takes one away",
    "accounts.registering.verify": "shows with a mailed link that one's own address is one's own",
    "accounts.registering.must_be_verified": "asks whether that was shown",
}
OTHERWISE = {
    "channels.registering.enter": "the operator's own apps: asks for an administrator of the instance",
    "channels.registering.remove": "likewise",
    "accounts.queries.must_administer": "is what they ask",
}


def least_roles() -> dict[str, Role]:
    """By verb, as the table says."""
    found: dict[str, Role] = {}
    for role, names in _LINE.findall(PAGE.read_text()):
        for name in re.findall(r"`([\w.]+)`", names):
            assert name not in found, f"{name} stands in two lines"
            found[name] = Role(role.upper())
    return found


def _name(verb: Callable[..., Any]) -> str:
    return f"{verb.__module__.removeprefix('aipromote.')}.{verb.__name__}"


def test_the_table_of_roles_names_every_verb_in_which_somebody_acts() -> None:
    found = {_name(verb) for verb in acting()}
    left_out = ASKED_BY_THEIR_CALLERS.keys() | OF_ANYBODY_SIGNED_IN.keys() | OTHERWISE.keys()
    assert len(found) > 60
    assert found - left_out == set(least_roles())
    assert left_out <= found


@pytest.fixture(scope="module")
def world(owner_url_base: str, owner_url: str) -> Iterator[World]:
    """An organization with rows in every table."""
    name = owner_url.rpartition("/")[2].replace("test_", "roles_")
    yield asyncio.run(make_world(owner_url_base, name, tenants=1))
    asyncio.run(drop_world(owner_url_base, name))


@pytest.fixture
async def database(world: World) -> AsyncIterator[Database]:
    database = Database(create_engine(world.application_url))
    yield database
    await database.close()


@pytest.fixture
async def people(world: World) -> dict[Role | None, Actor]:
    """A member in each role, and a stranger."""
    [tenant] = world.tenants
    owner = await asyncpg.connect(world.owner_url)
    await owner.execute("DELETE FROM memberships WHERE organization_id = $1", tenant)
    made: dict[Role | None, Actor] = {}
    for role in (*Role, None):
        person = new_id()
        await owner.execute("INSERT INTO users (id, email) VALUES ($1, $2)", person, f"{person.hex}@example.org")
        if role is not None:
            member = "INSERT INTO memberships (organization_id, id, user_id, role) VALUES ($1, $2, $3, $4)"
            await owner.execute(member, tenant, new_id(), person, role.value)
        made[role] = Actor(f"the {role or 'stranger'}", person)
    await owner.close()
    return made


async def _refusal(verb: Callable[..., Any], world: World, database: Database, actor: Actor) -> Exception | None:
    """What the verb says to this person about their own organization's rows; nothing of it stays."""
    [tenant] = world.tenants
    try:
        async with aiohttp.ClientSession() as http, database.transaction(tenant) as session:
            maker = Maker(session, actor, http, tenant, tenant, world.rows[tenant])
            await verb(**maker.arguments(verb))
            await session.rollback()
    except CannotMake:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever comes behind the gate is of no interest here
        return error
    return None


@pytest.mark.parametrize("name", sorted(least_roles()))
async def test_a_verb_lets_in_the_least_role_that_may_and_nobody_below(
    world: World, database: Database, people: dict[Role | None, Actor], name: str
) -> None:
    [verb] = [each for each in acting() if _name(each) == name]
    least = least_roles()[name]
    stranger = await _refusal(verb, world, database, people[None])
    assert isinstance(stranger, NotFound), stranger
    assert stranger.message == "There is no such organization."
    below = list(Role)[list(Role).index(least) + 1 :]
    for role in below:
        refused = await _refusal(verb, world, database, people[role])
        assert isinstance(refused, NotAllowed), (role, refused)
        assert f"yours is {role.lower()}" in refused.message
    passed = await _refusal(verb, world, database, people[least])
    assert "This needs the role" not in str(passed), passed
    assert "no such organization" not in str(passed), passed
