"""What two people, or one person in two browsers, do to accounts in the same moment."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import func, select

from aipromote.accounts import actions, changing, letters, passwords, queries, sessions
from aipromote.accounts.factors.models import PendingSignIn
from aipromote.accounts.models import Session, User
from aipromote.db.database import Database
from aipromote.errors import Conflict, NotSignedIn
from factories import accounts

_OLD, _NEW = "the password of before", "the password of afterwards"


async def _waits_for_a_lock(owner: asyncpg.Connection, task: asyncio.Task[object]) -> None:
    """Until the task waits for somebody else's row, or is done."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not task.done() and not await owner.fetchval(waiting):  # noqa: ASYNC110 -- the event is the server's
        await asyncio.sleep(0.02)


async def test_a_sign_in_under_way_while_the_password_changes_opens_nothing(
    database: Database, owner: asyncpg.Connection
) -> None:
    async with database.transaction() as session:
        user = await actions.create_user(session, email="ada@example.org", password=_OLD)

    async def sign_in() -> None:
        async with database.transaction() as session:
            await actions.sign_in(session, email="ada@example.org", password=_OLD)

    async with database.transaction() as session:
        row = await session.get_one(User, user.id)
        row.password_hash = await passwords.hashed(_NEW)
        await session.flush()
        task: asyncio.Task[object] = asyncio.create_task(sign_in())
        await _waits_for_a_lock(owner, task)
        await sessions.end_all(session, user_id=user.id)
    with pytest.raises(NotSignedIn):
        await task
    assert await owner.fetchval("SELECT count(*) FROM sessions") == 0


async def test_sign_ins_that_wait_for_a_second_factor_end_with_the_sessions(database: Database) -> None:
    user = await accounts.user(database)
    async with database.transaction() as session:
        for end in (sessions.end_all, lambda *_, **k: sessions.end_others(*_, **k, keep="none")):
            session.add(PendingSignIn(user_id=user.id, token_hash=bytes(32), expires_at=func.now()))
            await session.flush()
            await end(session, user_id=user.id)
            for model in (PendingSignIn, Session):
                assert await session.scalar(select(func.count()).select_from(model)) == 0


async def test_of_two_who_confirm_one_new_email_at_once_the_second_is_told_in_words(
    database: Database, owner: asyncpg.Connection
) -> None:
    people, tokens = [], []
    for name in ("Ada", "Eve"):
        user = await accounts.user(database, name=name)
        people.append(queries.actor_of(user))
        async with database.transaction() as session:
            key = await letters.owe(session, template="new-email", recipient="new@example.org", user_id=user.id)
            row = await letters.claim(session, letter_id=key)
            assert row is not None
            tokens.append(letters._token(row))

    async def second() -> None:
        async with database.transaction() as session:
            await changing.confirm_email(session, people[1], token=tokens[1])

    async with database.transaction() as session:
        await changing.confirm_email(session, people[0], token=tokens[0])
        task: asyncio.Task[object] = asyncio.create_task(second())
        await _waits_for_a_lock(owner, task)
    with pytest.raises(Conflict):
        await task
