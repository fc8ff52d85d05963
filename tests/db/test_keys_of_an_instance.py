"""`aipromote db keys` and `rotate-keys` on an instance that runs: this process is one of its processes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from aipromote import settings
from aipromote.channels.models import SocialAccount
from aipromote.cli import main
from aipromote.db import sealing
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.embedded.runtime import Runtime
from aipromote.errors import SetupError
from factories.organizations import organization

_OURS = ("AIPROMOTE_ENCRYPTION_KEYS", "AIPROMOTE_KEYS_FILE")


def command(*arguments: str, environment: dict[str, str]) -> tuple[int, str]:
    """`aipromote db …` with these settings: its exit code, and all that it says on one line."""
    given, code, told = dict(os.environ), 0, io.StringIO()
    for name in _OURS:
        os.environ.pop(name, None)
    os.environ.update(environment)
    settings.get.cache_clear()
    argv, sys.argv = sys.argv, ["aipromote", "db", *arguments]
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = argv
        os.environ.clear()
        os.environ.update(given)
        settings.get.cache_clear()
    return code, " ".join(told.getvalue().split())


class Instance:
    """A data folder whose instance runs on the tests' servers, with a ring of its own in `secrets.json`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "secrets.json"

    async def commands(self, *lines: str, **environment: str) -> list[tuple[int, str]]:
        """Each, given one after the other as an operator would."""
        return [
            await asyncio.to_thread(command, *line.split(), "--data", str(self.home), environment=environment)
            for line in lines
        ]


@pytest.fixture
async def instance(
    owner_url: str, redis_server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Instance]:
    chosen = settings.Settings(database_url=owner_url, redis_url=redis_server_url, encryption_keys="")
    with Runtime(tmp_path / "home", settings=chosen, durable=False) as runtime:
        runtime.start_servers()
        monkeypatch.setenv("AIPROMOTE_KEYS_FILE", str(runtime.home.secrets_path))
        settings.get.cache_clear()
        yield Instance(runtime.home.path)
    monkeypatch.undo()
    settings.get.cache_clear()


async def connected(database: Database) -> SocialAccount:
    """An account with a token, sealed by the first key of the instance."""
    one = await organization(database)
    async with database.transaction(one.id) as session:
        account = SocialAccount(
            organization_id=one.id,
            id=new_id(),
            platform=Platform.SANDBOX,
            connector="sandbox",
            server="http://127.0.0.1:9",
            handle="handle",
        )
        account.access_token = "known"
        session.add(account)
    return account


async def token_of(database: Database, account: SocialAccount) -> str | None:
    async with database.transaction(account.organization_id) as session:
        found = await session.get_one(SocialAccount, (account.organization_id, account.id))
        return found.access_token


async def test_a_new_key_seals_in_running_processes_and_the_old_one_can_be_forgotten(
    database: Database, instance: Instance
) -> None:
    account = await connected(database)
    told = await instance.commands(
        "keys", "rotate-keys --forget k1", "rotate-keys --forget k9", "rotate-keys --new-key"
    )
    assert told[0] == (0, "k1: 1 secret (seals and opens)")
    assert told[1][0] == 1
    assert "'k1' seals new secrets. Run `aipromote db rotate-keys --new-key` first" in told[1][1]
    assert told[2] == (1, "aipromote: There is no key 'k9' in the ring; it has k1.")
    assert told[3][0] == 0
    assert told[3][1] == (
        "Key k2 was made. It seals from now on, in every process. 1 secret sealed anew with key k2. "
        "1 secret stored: all open with key k2 alone, and older keys seal nothing."
    )
    assert await token_of(database, account) == "known", "this process knows the new key"
    later = await connected(database)
    sealed = later.access_token_sealed
    assert sealed is not None
    assert sealing.key_of(sealed) == "k2", "and seals with it"

    told = await instance.commands("keys --json", "rotate-keys --forget k1", "keys")
    rows = json.loads(told[0][1])["keys"]
    assert [(row["key"], row["secrets"], row["seals"], row["known"]) for row in rows] == [
        ("k2", 2, True, True),
        ("k1", 0, False, True),
    ]
    assert told[1][0] == 0
    assert "Key k1 is gone from the ring" in told[1][1]
    assert told[2] == (0, "k2: 2 secrets (seals and opens)")
    assert await token_of(database, account) == "known"
    assert instance.file.stat().st_mode & 0o777 == 0o600


async def test_a_key_is_not_forgotten_under_an_open_transaction_that_may_seal_with_it(
    database: Database, instance: Instance
) -> None:
    account = await connected(database)
    async with database.transaction(account.organization_id) as session:
        await session.get_one(SocialAccount, (account.organization_id, account.id))
        ((code, told),) = await instance.commands("rotate-keys --new-key --forget k1")
    assert (code, told.count("Transactions from before the new key are still open")) == (1, 1), told
    assert list(sealing.ring().keys) == ["k2", "k1"]


async def test_what_cannot_be_rotated_is_said_and_nothing_is_changed(database: Database, instance: Instance) -> None:
    account = await connected(database)
    stranger = sealing.KeyRing.parse("gone:" + "A" * 43 + "=")
    sealed = stranger.seal(
        "lost", SocialAccount.access_token.place("social_accounts", account.organization_id, account.id)
    )
    async with database.transaction(account.organization_id) as session:
        await session.execute(update(SocialAccount).values(access_token_sealed=sealed))
    before = instance.file.read_text()

    told = await instance.commands("keys", "rotate-keys --new-key")
    assert told[0] == (1, "k1: 0 secrets (seals and opens) gone: 1 secret (NOT IN THE RING)")
    assert told[1][0] == 1
    assert "'gone' sealed 1 of the stored secrets" in told[1][1]

    ((code, refused),) = await instance.commands(
        "rotate-keys --new-key", AIPROMOTE_ENCRYPTION_KEYS="own:" + "A" * 43 + "="
    )
    assert code == 1
    assert "comes from AIPROMOTE_ENCRYPTION_KEYS, which this command cannot change" in refused

    folder = os.open(instance.home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        ((code, refused),) = await instance.commands("rotate-keys --new-key")
    finally:
        os.close(folder)
    assert (code, refused) == (
        1,
        "aipromote: Another `aipromote db rotate-keys` is at work on these keys. Wait for its end.",
    )

    facts = json.loads((instance.home / "run.json").read_text())
    (instance.home / "run.json").write_text(json.dumps({**facts, "rereads_keys": False}))
    ((code, refused),) = await instance.commands("rotate-keys --new-key")
    assert (code, refused.count("Stop it, start it with this release")) == (1, 1)
    assert instance.file.read_text() == before


@pytest.mark.parametrize("text", ['{"encryption_keys": "k1:', "{}", "[]"])
async def test_a_ring_that_is_damaged_is_named_and_never_shown(instance: Instance, text: str) -> None:
    instance.file.write_text(text)
    with pytest.raises(SetupError, match=r"secrets\.json is damaged"):
        sealing.ring()
    instance.file.unlink()
    with pytest.raises(SetupError, match=r"secrets\.json cannot be read \(No such file"):
        sealing.ring()
