"""Backup, restore and verify against real servers: whole, the same, or not at all."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import select, update

from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestStatus
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.backup import opening, restoring, tables, taking
from aipromote.backup.envelope import Passphrase
from aipromote.backup.errors import BackupUnusable, RestoreRefused, WrongKey
from aipromote.channels.models import SocialAccount
from aipromote.db import migrate, vectors
from aipromote.db.database import Database
from aipromote.db.sealing import KeyRing
from aipromote.knowledge.models import PassageVector
from aipromote.notifications.models import Notification
from aipromote.publishing import holds
from backup.conftest import PASSPHRASE, PICTURE, Full, Place, at, leftovers, restore
from factories import organizations


async def test_a_restored_instance_is_the_same_and_sends_nothing(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = await full.take()
    assert stat.S_IMODE(full.file.stat().st_mode) == 0o600
    assert taken.manifest.tables["scheduled_posts"].rows == 3
    assert taken.manifest.key_ids == ("test",)
    with at(empty, monkeypatch):
        restored = await restore(full, empty)
        assert (restored.held, restored.not_mailed, restored.applied, restored.unreadable) == (1, 1, [], ())
        database = Database.from_settings("tests")
        async with database.transaction(full.startup.id) as session:
            account = await session.scalar(select(SocialAccount))
            notification = await session.scalar(select(Notification))
            request = await session.scalar(select(GenerationRequest))
            held = await holds.held(session)
            due = await session.scalar(
                select(holds.text("count(*)")).select_from(holds.text("doors.due_posts(now(), 9)"))
            )
        await database.close()
        assert account.access_token == "a secret token"
        assert notification.status == "FAILED"
        assert request.status is RequestStatus.FAILED
        assert [(one.organization_id, one.waiting) for one in held] == [(full.startup.id, 3)]
        assert due == 0
        [file] = [path for path in storage.folder().rglob("*") if path.is_file()]
        assert file.read_bytes() == PICTURE
    assert (await migrate.status(empty.url)).is_current


async def test_a_backup_goes_into_a_server_without_pgvector_and_takes_the_vectors_along(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with full.database.transaction(full.startup.id) as session:
        session.add(
            PassageVector(
                organization_id=full.startup.id,
                part=1,
                text_hash=b"1" * 32,
                model="compatible:words",
                dimensions=2,
                embedding=[0.5, 1.0],
            )
        )
    await full.take()
    monkeypatch.setattr(vectors, "_IS_AVAILABLE", "SELECT false")  # as a server without pgvector says
    with at(empty, monkeypatch):
        await restore(full, empty)
    connection = await tables.connect(empty.url)
    found = {row["extname"] for row in await connection.fetch("SELECT extname FROM pg_extension")}
    kept = await connection.fetchval("SELECT embedding FROM passage_vectors")
    await connection.close()
    assert "btree_gin" in found
    assert "vector" not in found
    assert kept == [0.5, 1.0]


async def test_a_backup_is_of_one_moment_while_others_go_on_writing(full: Full, empty: Place) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def write_meanwhile() -> None:
        await begun.wait()
        await organizations.organization(full.database, name="Too late")

    writing = asyncio.create_task(write_meanwhile())
    await full.take(progress=lambda _what, _size: loop.call_soon_threadsafe(begun.set))
    await writing
    manifest = await restoring.verify(empty.url, full.file, secret=PASSPHRASE, programs=full.programs)
    assert manifest.tables["organizations"].rows == 1


async def test_verify_compares_and_leaves_nothing_behind(full: Full, owner: asyncpg.Connection) -> None:
    await full.take()
    manifest = await restoring.verify(full.url, full.file, secret=PASSPHRASE, programs=full.programs)
    assert manifest.rows > 10
    assert not await owner.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'aipromote_verify_%'")


async def test_content_that_differs_is_told_by_table(full: Full) -> None:
    connection = await tables.connect(full.url)
    before = await tables.facts(connection)
    async with full.database.transaction(full.startup.id) as session:
        await session.execute(
            holds.text(
                "UPDATE scheduled_posts SET max_attempts = 4 WHERE id = (SELECT id FROM scheduled_posts LIMIT 1)"
            )
        )
    after = await tables.facts(connection)
    await connection.close()
    assert tables.differences(before, before) == []
    assert tables.differences(before, after) == ["scheduled_posts has 3 rows, but not the same ones"]


async def test_a_restore_refuses_what_is_not_empty(full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await full.take()
    await migrate.upgrade(empty.url)
    connection = await asyncpg.connect(empty.url)
    await connection.execute("INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'a@b.example')")
    await connection.close()
    with at(empty, monkeypatch), pytest.raises(RestoreRefused, match=r"not empty.*users"):
        await restore(full, empty)
    connection = await asyncpg.connect(empty.url)
    assert await connection.fetchval("SELECT count(*) FROM users") == 1
    await connection.execute("DELETE FROM users")
    await connection.close()
    (empty.home / "assets").mkdir()
    (empty.home / "assets" / "a").write_text("mine")
    with at(empty, monkeypatch), pytest.raises(RestoreRefused, match="assets is not empty"):
        await restore(full, empty)
    (empty.home / "assets" / "a").unlink()
    with at(empty, monkeypatch):
        assert (await restore(full, empty)).held == 1


async def test_a_restore_refuses_while_somebody_works_on_the_database(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full.take()
    worker = await asyncpg.connect(empty.url, server_settings={"application_name": "aipromote worker"})
    with at(empty, monkeypatch), pytest.raises(RestoreRefused, match="aipromote worker"):
        await restore(full, empty)
    await worker.close()


async def test_what_cannot_be_read_leaves_nothing_behind(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full.take()
    whole = full.file.read_bytes()
    with at(empty, monkeypatch):
        with pytest.raises(WrongKey):
            await restore(full, empty, secret=Passphrase("not the right one", cost=10))
        for broken in (whole[:-1], whole[: len(whole) // 2], whole[:-40] + b"x" + whole[-39:], b"", b"%PDF-1.4"):
            full.file.write_bytes(broken)
            with pytest.raises(BackupUnusable):
                await restore(full, empty)
    assert await leftovers(empty) == (0, [])


async def test_a_backup_of_a_newer_schema_is_refused(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch, owner: asyncpg.Connection
) -> None:
    head = await owner.fetchval(
        "UPDATE alembic_version SET version_num = '9999' RETURNING (SELECT version_num FROM alembic_version)"
    )
    try:
        await full.take()
    finally:
        await owner.execute("UPDATE alembic_version SET version_num = $1", head)
    with at(empty, monkeypatch), pytest.raises(BackupUnusable, match=r"schema 9999.*Update AIPromote"):
        await restore(full, empty)


async def test_a_backup_of_an_older_schema_is_migrated(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    name = "aipromote_older"
    await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await owner.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    older = full.url.rpartition("/")[0] + f"/{name}"
    try:
        await migrate.upgrade(older, "0007")
        connection = await asyncpg.connect(older)
        await connection.execute(
            "INSERT INTO users (id, email) VALUES ('00000000-0000-7000-8000-000000000001', 'a@b.example');"
            "INSERT INTO organizations (id, owner_id, name, brief) VALUES (gen_random_uuid(), "
            '\'00000000-0000-7000-8000-000000000001\', \'Old\', \'{"name": "Old", "description": "An old one."}\')'
        )
        await connection.close()
        taken = await taking.take(older, full.file, secret=PASSPHRASE, programs=full.programs)
    finally:
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert taken.manifest.schema_revision == "0007"
    with at(empty, monkeypatch):
        restored = await restore(full, empty)
    assert restored.applied[0] == "0008"
    assert restored.held == 1
    assert (await migrate.status(empty.url)).is_current


async def test_keys_of_another_instance_with_the_same_name_are_noticed(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await full.take()
    with at(empty, monkeypatch):
        restored = await restore(full, empty, keys=KeyRing({"test": bytes(32)}))
    assert restored.unreadable == ("test",)


async def test_keys_are_in_a_backup_only_when_asked_for(full: Full, tmp_path: Path) -> None:
    await full.take()
    assert opening.keys_in(full.file, secret=PASSPHRASE) == {}
    await full.take(to=tmp_path / "two.backup", keys={"secret_key": "s", "encryption_keys": "k"})
    assert opening.keys_in(tmp_path / "two.backup", secret=PASSPHRASE)["encryption_keys"] == "k"
    assert b"a secret token" not in full.file.read_bytes()


async def test_no_secret_stands_in_the_arguments_of_a_program(full: Full) -> None:
    started = full.programs._start("pg_dump", full.url, ["--help"], stderr=-3)
    started.wait()
    assert "password" not in " ".join(map(str, started.args)).lower()
    assert full.url.partition("://")[2].partition("@")[0].partition(":")[2] not in " ".join(map(str, started.args))


async def test_files_in_a_bucket_stay_there_and_are_counted(
    full: Full, empty: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with full.database.transaction(full.startup.id) as session:
        await session.execute(update(Asset).values(bucket="s3://bread"))
    taken = await full.take()
    assert (taken.manifest.elsewhere, taken.manifest.files, taken.manifest.missing) == (1, {}, ())
    with at(empty, monkeypatch):
        restored = await restore(full, empty)
        assert restored.manifest.elsewhere == 1
        assert not storage.folder().exists()
