"""Keys let programs in, as far as their people may, until somebody takes them back."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from aipromote import clock
from aipromote.accounts import queries as accounts
from aipromote.accounts import tokens
from aipromote.audit.models import Entry
from aipromote.cli import keys as command
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from aipromote.organizations import actions, keys, queries
from aipromote.organizations.models import ApiKey, Membership
from aipromote.organizations.states import Role
from factories import organizations
from factories.organizations import Startup


async def _key(database: Database, startup: Startup, **changes: object) -> tuple[ApiKey, str]:
    values = {"name": "Nightly export", "role": Role.VIEWER} | changes
    async with database.transaction(startup.id) as session:
        return await keys.create(session, startup.owner, organization_id=startup.id, **values)


async def _admitted(database: Database, text: str) -> keys.Holder:
    async with database.transaction() as session:
        return await keys.admit(session, text=text)


async def test_a_key_finds_its_organization_by_itself(database: Database) -> None:
    startup = await organizations.organization(database)
    key, text = await _key(database, startup, role=Role.EDITOR)
    holder = await _admitted(database, text)
    assert (holder.organization_id, holder.role) == (startup.id, Role.EDITOR)
    assert (holder.actor.user_id, holder.actor.api_key_id) == (startup.owner.user_id, key.id)
    assert not holder.actor.is_person
    assert not holder.actor.is_product


async def test_only_a_keyed_hash_of_the_key_is_stored(database: Database) -> None:
    startup = await organizations.organization(database)
    key, text = await _key(database, startup)
    assert key.key_hash == tokens.keyed_hash(text, purpose="api-key") != tokens.keyed_hash(text, purpose="session")
    secret = text.split("_", 2)[2]
    assert secret not in repr(vars(key))
    assert key.prefix.endswith(secret[:6])


async def test_every_key_that_opens_nothing_is_refused_alike(database: Database) -> None:
    startup = await organizations.organization(database)
    _, text = await _key(database, startup)
    gone, revoked = await _key(database, startup)
    async with database.transaction(startup.id) as session:
        await keys.revoke(session, startup.owner, organization_id=startup.id, key_id=gone.id)
    old, expired = await _key(database, startup)
    async with database.transaction(startup.id) as session:
        await session.execute(update(ApiKey).where(ApiKey.id == old.id).values(expires_at=clock.after(-1)))
    elsewhere = text.replace(text.split("_")[1], keys._spelled(new_id()))
    texts = [revoked, expired, elsewhere, text[:-1], text + "x", "", "aip__", "aip_é_x", "aip_ab_x", "x" * 100_000]
    answers = set()
    for wrong in texts:
        with pytest.raises(NotSignedIn) as refused:
            await _admitted(database, wrong)
        answers.add(refused.value.message)
    assert len(answers) == 1


async def test_a_key_of_another_organization_does_not_open_this_one(database: Database) -> None:
    one, other = [await organizations.organization(database, name=name) for name in ("One", "Other")]
    _, text = await _key(database, one)
    swapped = text.replace(keys._spelled(one.id), keys._spelled(other.id))
    with pytest.raises(NotSignedIn):
        await _admitted(database, swapped)


async def test_nobody_makes_a_key_that_may_more_than_they_may(database: Database) -> None:
    startup = await organizations.organization(database)
    viewer = await organizations.member(database, startup, role=Role.VIEWER)
    async with database.transaction(startup.id) as session:
        await keys.create(session, viewer, organization_id=startup.id, name="Mine", role=Role.VIEWER)
        with pytest.raises(NotAllowed):
            await keys.create(session, viewer, organization_id=startup.id, name="More", role=Role.EDITOR)


async def test_a_key_loses_with_its_person_what_the_person_loses(database: Database) -> None:
    startup = await organizations.organization(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        _, text = await keys.create(session, editor, organization_id=startup.id, name="Mine", role=Role.EDITOR)
        theirs = (Membership.organization_id == startup.id, Membership.user_id == editor.user_id)
        await session.execute(update(Membership).where(*theirs).values(role=Role.VIEWER))
    holder = await _admitted(database, text)
    assert holder.role is Role.VIEWER
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await actions.require(session, holder.actor, organization_id=startup.id, role=Role.EDITOR)
        await session.delete((await session.scalars(select(Membership).where(*theirs))).one())
    with pytest.raises(NotSignedIn):
        await _admitted(database, text)


async def test_a_program_does_not_make_keys_and_may_not_more_than_its_key(database: Database) -> None:
    startup = await organizations.organization(database)
    _, text = await _key(database, startup, role=Role.VIEWER)
    holder = await _admitted(database, text)
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed, match="viewer"):
            await actions.require(session, holder.actor, organization_id=startup.id, role=Role.EDITOR)
        with pytest.raises(NotAllowed, match="person"):
            await keys.create(session, holder.actor, organization_id=startup.id, name="Another", role=Role.VIEWER)


async def test_a_program_founds_nothing_and_takes_back_only_the_key_it_came_with(database: Database) -> None:
    startup = await organizations.organization(database)
    viewing, text = await _key(database, startup, role=Role.VIEWER)
    other, _ = await _key(database, startup, role=Role.OWNER)
    program = (await _admitted(database, text)).actor
    mine = {"organization_id": startup.id}
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed):
            await keys.revoke(session, program, **mine, key_id=other.id)
        await keys.revoke(session, program, **mine, key_id=viewing.id)
        with pytest.raises(NotAllowed, match="revoked"):
            await actions.require(session, program, **mine, role=Role.VIEWER)
        with pytest.raises(NotAllowed, match="person"):
            await actions.create(session, program, brief=startup.organization.brief)


async def test_its_last_use_is_noted_once_a_minute(database: Database) -> None:
    startup = await organizations.organization(database)
    key, text = await _key(database, startup)

    async def last_used() -> object:
        async with database.transaction(startup.id) as session:
            return (await queries.api_key(session, organization_id=startup.id, key_id=key.id)).last_used_at

    assert await last_used() is None
    await _admitted(database, text)
    first = await last_used()
    await _admitted(database, text)
    assert await last_used() == first
    async with database.transaction(startup.id) as session:
        before = clock.now() - timedelta(minutes=2)
        await session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=before))
    await _admitted(database, text)
    assert await last_used() > first


async def test_people_revoke_their_own_keys_and_administrators_any(database: Database) -> None:
    startup = await organizations.organization(database)
    editor = await organizations.member(database, startup, role=Role.EDITOR)
    async with database.transaction(startup.id) as session:
        mine, _ = await keys.create(session, editor, organization_id=startup.id, name="Mine")
        owners, _ = await keys.create(session, startup.owner, organization_id=startup.id, name="The owner's")
        with pytest.raises(NotAllowed):
            await keys.revoke(session, editor, organization_id=startup.id, key_id=owners.id)
        await keys.revoke(session, editor, organization_id=startup.id, key_id=mine.id)
        await keys.revoke(session, startup.owner, organization_id=startup.id, key_id=mine.id)
        with pytest.raises(NotFound):
            await keys.revoke(session, editor, organization_id=startup.id, key_id=new_id())
        told = await session.scalars(select(Entry.action).where(Entry.subject == "api_keys"))
        assert sorted(told) == ["key.created", "key.created", "key.revoked"]


async def test_a_key_needs_a_name_and_a_future(database: Database) -> None:
    startup = await organizations.organization(database)
    for wrong in ({"name": " "}, {"name": "x" * 101}, {"expires_at": clock.after(-1)}):
        with pytest.raises(InvalidInput):
            await _key(database, startup, **wrong)


def test_a_key_does_not_end_beyond_the_calendar() -> None:
    with pytest.raises(InvalidInput, match="beyond the calendar"):
        command.create(name="Mine", person="x", organization=None, role="viewer", days=10**9, data=None)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, as an operator runs it, against this test's database."""
    script = "import sys; from aipromote.cli import main; sys.argv = ['aipromote', *sys.argv[1:]]; main()"
    command = [sys.executable, "-c", script, "keys", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ.copy())


async def test_an_operator_makes_lists_and_revokes_keys(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction() as session:
        email = (await accounts.user(session, user_id=startup.owner.user_id)).email
    who = ("--person", email.upper())
    made = await asyncio.to_thread(_run, "create", "Nightly export", *who, "--role", "editor", "--days", "30")
    assert (made.returncode, made.stderr.count("shown this once")) == (0, 1), made.stderr
    holder = await _admitted(database, made.stdout.strip())
    assert (holder.organization_id, holder.role) == (startup.id, Role.EDITOR)
    shown = await asyncio.to_thread(_run, "list", *who, "--json")
    (facts,) = json.loads(shown.stdout)
    assert (facts["name"], facts["state"], facts["id"]) == ("Nightly export", "valid", str(holder.actor.api_key_id))
    assert made.stdout.strip() not in shown.stdout
    gone = await asyncio.to_thread(_run, "revoke", facts["id"], *who)
    assert gone.returncode == 0
    with pytest.raises(NotSignedIn):
        await _admitted(database, made.stdout.strip())
    refused = await asyncio.to_thread(_run, "create", "More", "--person", "nobody@example.org")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Nobody here has the e-mail nobody@example.org." in refused.stderr
