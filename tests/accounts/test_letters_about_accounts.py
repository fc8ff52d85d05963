"""Letters about accounts: never lost, said once, kept for a while."""

from __future__ import annotations

import asyncpg
import pytest

from aipromote import settings
from aipromote.accounts import clearing, devices, letters
from aipromote.accounts.handlers import send_letter
from aipromote.accounts.jobs import OwedLetter
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from aipromote.jobs.outcomes import Done, Snooze
from factories import accounts


async def _owed(database: Database) -> OwedLetter:
    user = await accounts.user(database)
    async with database.transaction() as session:
        key = await letters.owe(session, template="reset", recipient=user.email)
    return OwedLetter(letter_id=key)


async def test_a_letter_waits_for_a_mail_server_that_is_away_and_goes_out_afterwards(
    database: Database, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = await _owed(database)
    monkeypatch.setenv("AIPROMOTE_SMTP_URL", "smtp://127.0.0.1:9")
    settings.get.cache_clear()
    try:
        assert isinstance(await send_letter(pointer, database=database, http=None), Snooze)
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()
    row = await owner.fetchrow("SELECT status::text, attempts, token_hash FROM account_letters")
    assert row[:2] == ("PENDING", 1)
    async with database.transaction() as session:
        assert [due.pointer for due in await letters.pending_letters(session, limit=9)] == [pointer]
    assert await send_letter(pointer, database=database, http=None) == Done()
    again = await owner.fetchrow("SELECT status::text, attempts, token_hash FROM account_letters")
    assert again[:2] == ("SENT", 2)
    assert again["token_hash"] == row["token_hash"], "both would have had the same link"
    said = capsys.readouterr()
    assert "/reset/" not in said.out + said.err


async def test_of_two_workers_one_has_the_letter(database: Database) -> None:
    pointer = await _owed(database)
    async with database.transaction() as session:
        assert await letters.claim(session, letter_id=pointer.letter_id) is not None
    async with database.transaction() as session:
        assert await letters.claim(session, letter_id=pointer.letter_id) is None
        assert await letters.pending_letters(session, limit=9) == []


async def test_a_letter_that_there_is_not_is_refused(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(InvalidInput):
            await letters.owe(session, template="prize", recipient="ada@example.org")


async def test_what_is_over_goes_and_what_is_owed_stays(database: Database, owner: asyncpg.Connection) -> None:
    pointer = await _owed(database)
    await owner.execute("UPDATE account_letters SET created_at = now() - interval '40 days'")
    async with database.transaction() as session:
        await clearing.clear(session)
    assert await owner.fetchval("SELECT count(*) FROM account_letters") == 1
    await send_letter(pointer, database=database, http=None)
    async with database.transaction() as session:
        await clearing.clear(session)
    assert await owner.fetchval("SELECT count(*) FROM account_letters") == 0


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/19.0 Safari/605.1.15", "Safari on Mac"),
        ("curl/8.9", "curl"),
        (None, "An unknown browser"),
    ],
)
def test_browsers_are_named_as_people_know_them(said: str | None, words: str) -> None:
    assert devices.device(said) == words
