"""Users, passwords, sessions and sign-in links."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts import actions, queries
from aipromote.accounts.models import User
from aipromote.db.database import Database
from aipromote.errors import Conflict, InvalidInput, NotFound, NotSignedIn
from factories import accounts

PASSWORD = "  $2b$ long enough "


async def _ada(session: AsyncSession) -> User:
    return await actions.create_user(session, email=" Ada@Example.org ", password=PASSWORD, name="Ada")


async def test_a_user_signs_in_with_the_password_as_typed_and_the_email_in_any_case(session: AsyncSession) -> None:
    ada = await _ada(session)
    assert ada.email == "Ada@Example.org"
    entry = await actions.sign_in(session, email="ada@example.ORG ", password=PASSWORD, user_agent="Firefox")
    assert (entry.user_id, entry.is_pending) == (ada.id, False)
    assert (await queries.user_of(session, token=entry.token)) is ada


async def test_a_password_that_looks_like_a_hash_is_hashed(session: AsyncSession) -> None:
    stored = (await _ada(session)).password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$")
    with pytest.raises(NotSignedIn):
        await actions.sign_in(session, email="ada@example.org", password=stored)


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_a_wrong_password_and_an_unknown_user_are_told_apart_by_nothing(
    session: AsyncSession, email: str
) -> None:
    await _ada(session)
    with pytest.raises(NotSignedIn, match="do not match"):
        await actions.sign_in(session, email=email, password=PASSWORD.strip())


async def test_a_user_without_a_password_cannot_sign_in_by_one(session: AsyncSession) -> None:
    session.add(User(email="linked@example.org"))
    await session.flush()
    with pytest.raises(NotSignedIn):
        await actions.sign_in(session, email="linked@example.org", password="the password of nobody")


async def test_an_email_has_one_account_whatever_its_case(session: AsyncSession) -> None:
    await _ada(session)
    with pytest.raises(Conflict):
        await actions.create_user(session, email="ADA@example.org", password=PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [("ada", PASSWORD, "email"), ("a b@c.d", PASSWORD, "email"), ("ada@example.org", "too short", "password")],
)
async def test_what_does_not_fit_is_refused_by_field(
    session: AsyncSession, email: str, password: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await actions.create_user(session, email=email, password=password)
    assert caught.value.field == field


async def test_signing_out_ends_the_session_and_only_that(session: AsyncSession) -> None:
    ada = await _ada(session)
    first = await actions.open_session(session, user_id=ada.id)
    second = await actions.open_session(session, user_id=ada.id)
    await actions.sign_out(session, token=first)
    assert await queries.user_of(session, token=first) is None
    assert await queries.user_of(session, token=second) is ada


async def test_a_session_ends_by_itself(session: AsyncSession) -> None:
    ada = await _ada(session)
    token = await actions.open_session(session, user_id=ada.id, lasts=timedelta(seconds=-1))
    assert await queries.user_of(session, token=token) is None


async def test_a_link_opens_one_session_and_then_no_more(session: AsyncSession) -> None:
    ada = await _ada(session)
    link = await actions.open_link(session, user_id=ada.id)
    assert await queries.user_of(session, token=link) is None, "a link is no session"
    token = await actions.exchange_link(session, token=link, user_agent="Firefox")
    assert await queries.user_of(session, token=token) is ada
    with pytest.raises(NotSignedIn):
        await actions.exchange_link(session, token=link)
    with pytest.raises(NotSignedIn):
        await actions.exchange_link(session, token=token)


async def test_an_old_link_opens_nothing(session: AsyncSession) -> None:
    ada = await _ada(session)
    link = await actions.open_link(session, user_id=ada.id, lasts=timedelta(seconds=-1))
    with pytest.raises(NotSignedIn):
        await actions.exchange_link(session, token=link)


async def test_the_table_of_sessions_opens_nothing(database: Database, owner: asyncpg.Connection) -> None:
    user = await accounts.user(database)
    async with database.transaction() as session:
        token = await actions.open_session(session, user_id=user.id)
    stored = await owner.fetchval("SELECT token_hash FROM sessions")
    assert token.encode() not in stored
    async with database.transaction() as session:
        assert await queries.user_of(session, token=stored.hex()) is None
        assert await queries.count(session) == 1
        assert (await queries.user(session, user_id=user.id)).email == user.email


async def test_a_user_that_is_not_there_is_not_found(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await queries.user(session, user_id=uuid4())
