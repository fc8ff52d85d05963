"""The log tells who did what, and keeps it."""

from __future__ import annotations

import asyncpg
import pytest
from pydantic import ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts import queries as accounts
from aipromote.accounts.actor import SYSTEM, Actor
from aipromote.audit import actions as audit
from aipromote.audit import queries
from aipromote.audit.detail import LONGEST, Detail
from aipromote.audit.models import Entry
from aipromote.audit.states import ActorKind
from aipromote.brand import actions as brand
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions as content
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.errors import Conflict
from aipromote.organizations import actions as founding
from aipromote.publishing import actions as publishing
from aipromote.publishing import holds
from factories import analytics, organizations
from factories import content as pieces
from factories import publishing as posts
from factories.organizations import Startup


async def _acts(database: Database, startup: Startup) -> list[str]:
    async with database.transaction(startup.id) as session:
        return [entry.action for entry in (await queries.entries(session, organization_id=startup.id)).rows]


async def _newest(database: Database, startup: Startup) -> Entry:
    async with database.transaction(startup.id) as session:
        return (await queries.entries(session, organization_id=startup.id)).rows[0]


async def _note(session: AsyncSession, startup: Startup, actor: Actor) -> None:
    await audit.record(
        session,
        actor,
        organization_id=startup.id,
        action="piece.edited",
        subject="content_pieces",
        subject_id=startup.id,
    )


async def test_the_log_of_an_organization_begins_with_the_account_that_founded_it(database: Database) -> None:
    startup = await organizations.organization(database)
    assert sorted(await _acts(database, startup)) == ["account.created", "member.added", "organization.created"]


async def test_an_account_is_told_with_the_time_when_it_was_made(database: Database) -> None:
    first = await organizations.organization(database)
    async with database.transaction() as session:
        second = await founding.create(session, first.owner, brief=first.organization.brief)
        user = await accounts.user(session, user_id=first.owner.user_id)
        told = (await queries.entries(session, organization_id=second.id)).rows
    assert (told[-1].action, told[-1].created_at) == ("account.created", user.created_at)
    assert {entry.action for entry in told[:2]} == {"organization.created", "member.added"}


async def test_what_holds_publishing_is_told_once_with_its_reason(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        for reason in ("It was restored.", "It was restored again."):
            await holds.hold(session, organizations=[startup.id], reason=reason, known_until=clock.now())
    assert (await _acts(database, startup)).count("publishing.held") == 1
    entry = await _newest(database, startup)
    assert (entry.actor_kind, entry.detail.reason) == (ActorKind.PRODUCT, "It was restored.")


async def test_an_approval_is_told_with_its_person_and_its_revision(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await pieces.approved(database, startup)
    entry = await _newest(database, startup)
    assert (entry.action, entry.subject, entry.subject_id) == ("piece.approved", "content_pieces", piece.id)
    assert (entry.actor_kind, entry.user_id, entry.actor_name) == (ActorKind.PERSON, startup.owner.user_id, "Ada")
    assert entry.detail.after == {"revision": 1}


async def test_what_is_done_again_without_effect_is_not_told_again(database: Database) -> None:
    startup = await organizations.organization(database)
    piece = await pieces.approved(database, startup)
    before = await _acts(database, startup)
    async with database.transaction(startup.id) as session:
        await content.approve(session, startup.owner, organization_id=startup.id, piece_id=piece.id, revision=1)
    assert await _acts(database, startup) == before


async def test_a_post_is_told_from_its_first_time_to_its_end(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        account = await analytics.account(session, startup.id)
    post = await posts.post(database, startup, account)
    async with database.transaction(startup.id) as session:
        await publishing.publish_now(session, startup.owner, organization_id=startup.id, post_id=post.id)
        await publishing.cancel(session, startup.owner, organization_id=startup.id, post_id=post.id)
        await publishing.publish_now(session, startup.owner, organization_id=startup.id, post_id=post.id)
    async with database.transaction(startup.id) as session:
        found = await queries.entries(
            session, organization_id=startup.id, subject="scheduled_posts", subject_id=post.id
        )
    assert [entry.action for entry in reversed(found.rows)] == [
        "post.scheduled",
        "post.sent_now",
        "post.cancelled",
        "post.retried",
    ]
    assert found.rows[0].detail.before["status"] == "CANCELLED"


async def test_changed_rules_are_told_as_they_were_and_as_they_are(database: Database) -> None:
    startup = await organizations.organization(database)
    async with database.transaction(startup.id) as session:
        await brand.adopt_brief(session, startup.owner, organization_id=startup.id, brief=startup.organization.brief)
        await brand.edit_rules(
            session,
            startup.owner,
            organization_id=startup.id,
            approval_mode=ApprovalMode.CONDITIONAL,
            auto_approval_rules={"enabled": True},
            allowed_hashtags=["bread"],
        )
    detail = (await _newest(database, startup)).detail
    assert detail.before["approval_mode"] == "MANUAL"
    assert detail.after["approval_mode"] == "CONDITIONAL"
    assert detail.after["allowed_hashtags"] == ["bread"]
    assert '"enabled":true' in str(detail.after["auto_approval_rules"])


async def _record_and_fail(database: Database, startup: Startup) -> None:
    async with database.transaction(startup.id) as session:
        await _note(session, startup, startup.owner)
        await session.flush()
        raise Conflict("later")


async def test_an_act_that_fails_leaves_no_entry(database: Database) -> None:
    startup = await organizations.organization(database)
    before = await _acts(database, startup)
    with pytest.raises(Conflict, match="later"):
        await _record_and_fail(database, startup)
    assert await _acts(database, startup) == before


async def test_people_keys_and_the_product_are_told_apart(database: Database) -> None:
    startup = await organizations.organization(database)
    program = Actor("Ada (nightly)", startup.owner.user_id, new_id())
    async with database.transaction(startup.id) as session:
        for actor in (startup.owner, program, SYSTEM):
            await _note(session, startup, actor)
    async with database.transaction(startup.id) as session:
        found = await queries.entries(session, organization_id=startup.id, subject="content_pieces")
    assert {entry.actor_kind for entry in found.rows} == set(ActorKind)


async def test_the_application_can_neither_change_nor_delete_an_entry(database: Database) -> None:
    startup = await organizations.organization(database)
    for statement in (update(Entry).values(actor_name="Nobody"), delete(Entry)):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.transaction(startup.id) as session:
                await session.execute(statement)


async def test_not_even_the_owner_of_the_tables_changes_an_entry(database: Database, owner: asyncpg.Connection) -> None:
    await organizations.organization(database)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="not changed"):
        await owner.execute("UPDATE audit_log SET actor_name = 'Nobody'")


async def test_the_log_outlives_the_person_and_goes_with_the_organization(
    database: Database, owner: asyncpg.Connection
) -> None:
    startup = await organizations.organization(database)
    grace = await organizations.member(database, startup, role=organizations.Role.EDITOR)
    async with database.transaction(startup.id) as session:
        await brand.add_fact(
            session, grace, organization_id=startup.id, statement="We bake at night", source="The clock"
        )
        await session.execute(
            delete(organizations.Membership).where(
                organizations.Membership.user_id == grace.user_id,
                organizations.Membership.organization_id == startup.id,
            )
        )
    await owner.execute("DELETE FROM facts; ")
    await owner.execute("DELETE FROM users WHERE id = $1", grace.user_id)
    entry = await _newest(database, startup)
    assert (entry.actor_name, entry.user_id) == ("Grace", grace.user_id)
    await owner.execute("DELETE FROM organizations WHERE id = $1", startup.id)
    assert await owner.fetchval("SELECT count(*) FROM audit_log") == 0


async def test_an_organization_reads_only_its_own_log(database: Database) -> None:
    one, other = [await organizations.organization(database, name=name) for name in ("One", "Other")]
    async with database.transaction(one.id) as session:
        assert set(await session.scalars(select(Entry.organization_id))) == {one.id}
        assert (await queries.entries(session, organization_id=other.id)).rows == []


def test_details_are_short_and_never_name_a_secret() -> None:
    detail = Detail(after={"note": "x" * 5000, "tags": ["y" * 5000] * 100})
    assert len(str(detail.after["note"])) == LONGEST
    assert len(detail.model_dump_json()) < 6000
    for name in ("body", "access_token", "password", "key_hash"):
        with pytest.raises(ValidationError, match="no place"):
            Detail(before={name: "whatever"})
