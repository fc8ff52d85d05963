"""Rotation of keys on real rows: complete, resumable, in nobody's way, and proved."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select

from aipromote import schema
from aipromote.accounts.factors.models import AppFactor
from aipromote.channels.models import SocialAccount
from aipromote.db import rotation
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.db.sealing import NOBODY, KeyRing, SealBroken, ring
from aipromote.documents.vocabulary import Platform
from aipromote.embedded.binaries import find_pg_bin
from aipromote.errors import SetupError
from factories import accounts as people
from factories.organizations import Startup, organization

assert schema.metadata
NEW = "new:" + base64.b64encode(bytes(range(100, 132))).decode()
HOW_MANY = 60


def with_new_key() -> KeyRing:
    return KeyRing.parse(f"{NEW},{os.environ['AIPROMOTE_ENCRYPTION_KEYS']}")


@pytest.fixture
async def accounts(database: Database) -> tuple[Startup, list[SocialAccount]]:
    """Connected accounts, whose tokens are sealed with the key of the tests."""
    one = await organization(database)
    rows = []
    async with database.transaction(one.id) as session:
        for number in range(HOW_MANY):
            account = SocialAccount(
                organization_id=one.id,
                id=new_id(),
                platform=Platform.SANDBOX,
                connector="sandbox",
                server="http://127.0.0.1:9",
                handle=f"handle-{number}",
            )
            account.access_token, account.refresh_token = f"known-access-{number}", f"known-refresh-{number}"
            rows.append(account)
        session.add_all(rows)
    return one, rows


async def sealed_by(database: Database) -> dict[str, int]:
    found: dict[str, int] = {}
    for count in await rotation.counts(database):
        found[count.key_id] = found.get(count.key_id, 0) + count.secrets
    return found


async def test_every_secret_is_sealed_anew_and_opens_without_the_old_key(
    database: Database, accounts: tuple[Startup, list[SocialAccount]]
) -> None:
    assert await sealed_by(database) == {"test": 2 * HOW_MANY}
    seen: list[tuple[int, int]] = []
    done = await rotation.rotate(database, with_new_key(), on_progress=lambda *step: seen.append(step), batch=25)
    assert (done.key_id, done.sealed_anew, done.broken) == ("new", 2 * HOW_MANY, ())
    assert seen[-1] == (2 * HOW_MANY, 2 * HOW_MANY)
    assert len(seen) == 6, "in batches"
    assert await sealed_by(database) == {"new": 2 * HOW_MANY}
    assert await rotation.prove(database, with_new_key()) == 2 * HOW_MANY
    with pytest.raises(SealBroken, match="'new'"):
        await rotation.prove(database, ring())
    assert (await rotation.rotate(database, with_new_key())).sealed_anew == 0


def test_the_doors_know_every_sealed_attribute_of_the_models() -> None:
    versions = sorted((Path(rotation.__file__).parent / "migrations" / "versions").glob("0*.py"), reverse=True)
    migration = next(text for text in (path.read_text() for path in versions) if "doors.sealed_otherwise" in text)
    assert [place.name for place in rotation.places() if f"'{place.name}'" not in migration] == []
    assert len(rotation.places()) >= 3


async def test_the_doors_read_no_column_that_is_not_sealed(database: Database) -> None:
    async with database.transaction() as session:
        connection = await session.connection()
        with pytest.raises(Exception, match="is no sealed column"):
            await connection.exec_driver_sql(
                "SELECT * FROM doors.sealed_otherwise('oauth_flows.state_hash', '', gen_random_uuid(), "
                "gen_random_uuid(), 1)"
            )


async def test_a_key_that_is_missing_is_named_before_anything_is_changed(
    database: Database, accounts: tuple[Startup, list[SocialAccount]]
) -> None:
    with pytest.raises(SetupError, match=f"'test' sealed {2 * HOW_MANY} of the stored secrets.*it has 'new'"):
        await rotation.rotate(database, KeyRing.parse(NEW))
    assert await sealed_by(database) == {"test": 2 * HOW_MANY}


async def test_a_token_that_is_refreshed_meanwhile_stays(
    database: Database, accounts: tuple[Startup, list[SocialAccount]]
) -> None:
    one, rows = accounts
    last = max(rows, key=lambda row: row.id)
    locked, go_on = asyncio.Event(), asyncio.Event()

    async def refresh() -> None:
        async with database.transaction(one.id) as session:
            account = await session.get(SocialAccount, (one.id, last.id), with_for_update=True)
            assert account is not None
            locked.set()
            await go_on.wait()
            account.access_token = "refreshed"

    refreshing = asyncio.create_task(refresh())
    await locked.wait()
    rotating = asyncio.create_task(rotation.rotate(database, with_new_key()))
    await asyncio.sleep(0.5)
    go_on.set()
    await refreshing
    await rotating
    async with database.transaction(one.id) as session:
        account = await session.get(SocialAccount, (one.id, last.id))
        assert account is not None
        assert account.access_token_sealed is not None
        place = f"social_accounts:access_token:{one.id}:{last.id}"
        assert with_new_key().open(account.access_token_sealed, place) == "refreshed"
    assert set(await sealed_by(database)) == {"new"}


async def test_a_killed_rotation_goes_on_where_it_stopped(
    database: Database, accounts: tuple[Startup, list[SocialAccount]]
) -> None:
    program = (
        "import asyncio, sys\n"
        "from aipromote import schema\n"
        "from aipromote.db import rotation, sealing\n"
        "from aipromote.db.database import Database\n"
        "def told(done, total):\n"
        "    print(done, flush=True)\n"
        "    if done >= 30: sys.stdin.read()\n"
        "asyncio.run(rotation.rotate(Database.from_settings('victim'), sealing.ring(), on_progress=told, batch=10))\n"
    )
    keys = f"{NEW},{os.environ['AIPROMOTE_ENCRYPTION_KEYS']}"
    victim = subprocess.Popen(  # noqa: ASYNC220 -- read line by line, and nothing else runs in this loop
        [sys.executable, "-c", program],
        env={**os.environ, "AIPROMOTE_ENCRYPTION_KEYS": keys},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    while int(victim.stdout.readline()) < 30:
        pass
    victim.kill()
    victim.communicate()
    assert await sealed_by(database) == {"new": 30, "test": 2 * HOW_MANY - 30}
    assert (await rotation.rotate(database, with_new_key())).sealed_anew == 2 * HOW_MANY - 30
    assert await rotation.prove(database, with_new_key()) == 2 * HOW_MANY


async def test_a_secret_that_was_altered_is_named_and_the_others_are_done(
    database: Database, owner: asyncpg.Connection, accounts: tuple[Startup, list[SocialAccount]]
) -> None:
    one, rows = accounts
    await owner.execute(
        "UPDATE social_accounts SET access_token = set_byte(access_token, length(access_token) - 1, "
        "255 - get_byte(access_token, length(access_token) - 1)) WHERE id = $1",
        rows[7].id,
    )
    done = await rotation.rotate(database, with_new_key())
    assert done.broken == (("social_accounts.access_token", (one.id, rows[7].id)),)
    assert await sealed_by(database) == {"new": 2 * HOW_MANY - 1, "test": 1}


async def test_a_dump_holds_no_token_in_any_shape(
    owner_url: str, accounts: tuple[Startup, list[SocialAccount]]
) -> None:
    program = find_pg_bin().server.with_name("pg_dump")
    done = subprocess.run([program, owner_url], capture_output=True, check=True)  # noqa: ASYNC221 -- nothing else runs
    assert b"handle-7" in done.stdout
    for token in (b"known-access-", b"known-refresh-"):
        shapes = [token, token.hex().encode(), *(base64.b64encode(b"x" * shift + token)[4:-4] for shift in range(3))]
        assert [shape for shape in shapes if shape in done.stdout] == []


def test_a_ring_in_a_file_is_read_again_when_it_changes(
    owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aipromote import settings  # noqa: PLC0415 -- the cache of this process is emptied around this test

    file = tmp_path / "secrets.json"
    old = os.environ["AIPROMOTE_ENCRYPTION_KEYS"]
    file.write_text(f'{{"encryption_keys": "{old}"}}')
    monkeypatch.setenv("AIPROMOTE_KEYS_FILE", str(file))
    settings.get.cache_clear()
    try:
        assert list(ring().keys) == ["test"]
        draft = tmp_path / "draft"
        draft.write_text(f'{{"encryption_keys": "{NEW},{old}"}}')
        draft.rename(file)
        assert list(ring().keys) == ["new", "test"]
    finally:
        monkeypatch.undo()
        settings.get.cache_clear()


async def test_secrets_of_people_are_sealed_anew_as_those_of_organizations_are(database: Database) -> None:
    person = await people.user(database)
    async with database.transaction() as session:
        factor = AppFactor(id=new_id(), user_id=person.id)
        factor.secret = "GEZDGNBVGY3TQOJQ"
        session.add(factor)
    done = await rotation.rotate(database, with_new_key())
    assert (done.sealed_anew, done.broken, await sealed_by(database)) == (1, (), {"new": 1})
    assert await rotation.prove(database, with_new_key()) == 1
    async with database.transaction() as session:
        sealed = await session.scalar(select(AppFactor.secret_sealed))
    assert sealed is not None
    assert with_new_key().open(sealed, f"app_factors:secret:{NOBODY}:{factor.id}") == "GEZDGNBVGY3TQOJQ"
