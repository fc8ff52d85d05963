"""Addresses and names from strangers: which are taken, which are the same, and what reaches a letter of them."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote import settings
from aipromote.accounts import addresses, letters, names, recovering
from aipromote.accounts.handlers import send_letter
from aipromote.accounts.jobs import OwedLetter
from aipromote.db.database import Database
from aipromote.errors import InvalidInput, NotSignedIn
from aipromote.notifications.letters import render
from aipromote.notifications.told import Told
from factories import accounts


@pytest.mark.parametrize("text", ["b@gİthub.com", "b@git\u212aub.com", "b@straße.example", "b@bÜcher.example", "b@.é"])
def test_a_domain_that_the_name_system_writes_otherwise_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        addresses.checked(text)


@pytest.mark.parametrize(
    "text", ["ada@example.org", "Ada@Example.ORG", "ada@bücher.example", "ada@xn--bcher-kva.example"]
)
def test_other_domains_are_taken_as_they_are(text: str) -> None:
    assert addresses.checked(f" {text} ") == text


def test_only_the_case_of_ascii_letters_makes_no_difference() -> None:
    assert addresses.same("Ada@Example.org", "aDA@example.ORG")
    assert not addresses.same("\u212aim@example.org", "kim@example.org")


@given(st.text())
def test_a_name_is_one_printable_line(text: str) -> None:
    name = names.one_line(text)
    assert name.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert names.one_line(name) == name


async def test_a_letter_goes_to_the_address_of_the_account_and_never_to_the_one_that_was_typed(
    database: Database, owner: asyncpg.Connection
) -> None:
    await owner.execute("INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'kim@example.org')")
    async with database.transaction() as session:
        key = await letters.owe(session, template="reset", recipient="\u212aim@example.org")
    if not await owner.fetchval("SELECT lower(U&'\\212A') = 'k'"):
        pytest.skip("this server's letters fold otherwise")
    assert await _sent(database, key, "To") == "kim@example.org"


async def test_links_that_are_owed_open_nothing_after_a_reset(database: Database, owner: asyncpg.Connection) -> None:
    user = await accounts.user(database)
    async with database.transaction() as session:
        first = await letters.owe(session, template="reset", recipient=user.email)
        waits = await letters.owe(session, template="new-email", recipient="x@evil.example", user_id=user.id)
        asked = await letters.owe(session, template="reset", recipient=user.email.upper())
    async with database.transaction() as session:
        row = await letters.claim(session, letter_id=first)
        assert row is not None
        await recovering.reset(session, token=letters._token(row), password="a new long password")
    async with database.transaction() as session:
        assert await letters.claim(session, letter_id=waits) is None
        assert await letters.claim(session, letter_id=asked) is None
        with pytest.raises(NotSignedIn):
            await recovering.look(session, token=letters._token(row))


async def test_whoever_asks_again_within_minutes_gets_no_second_letter(
    database: Database, owner: asyncpg.Connection
) -> None:
    user = await accounts.user(database)
    keys = []
    for _ in range(3):
        async with database.transaction() as session:
            keys.append(await letters.owe(session, template="reset", recipient=user.email))
    for key in keys:
        await send_letter(OwedLetter(letter_id=key), database=database, http=None)
    assert await owner.fetchval("SELECT count(*) FROM account_letters") == 1
    await owner.execute("UPDATE account_letters SET created_at = now() - interval '16 minutes'")
    async with database.transaction() as session:
        key = await letters.owe(session, template="reset", recipient=user.email)
    assert await _sent(database, key, "To") == user.email


async def test_an_address_that_nobody_confirmed_is_sent_no_name(database: Database, owner: asyncpg.Connection) -> None:
    user = await accounts.user(database, name="Win")
    await owner.execute("UPDATE users SET name = 'Win a prize at\nhttps://evil.example'")
    for is_verified in (False, True):
        await owner.execute("UPDATE users SET verified = $1", is_verified)
        async with database.transaction() as session:
            key = await letters.owe(session, template="verify", recipient=user.email, user_id=user.id)
        body = await _sent(database, key, "body")
        assert ("evil.example" in body) is is_verified
        assert body.splitlines()[0] in {"Hello,", "Hello Win a prize at https://evil.example,"}


def test_a_name_in_several_lines_does_not_begin_a_letter_anew() -> None:
    told = Told.model_validate({"organization": "Acme", "inviter": "Eve\n\nPay here", "role": "editor", "until": "x"})
    letter = render("invitation", told)
    assert "Eve Pay here invites you" in letter.subject
    assert "\nPay here" not in letter.body


async def _sent(database: Database, key: object, part: str) -> str:
    await send_letter(OwedLetter.model_validate({"letter_id": key}), database=database, http=None)
    data = (Path(settings.get().require("home")) / "outbox" / f"{key}.eml").read_bytes()
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return body.get_content() if part == "body" else str(message[part])
