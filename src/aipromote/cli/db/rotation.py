"""`aipromote db keys` and `rotate-keys`."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import json
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from aipromote import schema, settings
from aipromote.cli.instance import home_path, servers
from aipromote.db import rotation, sealing
from aipromote.db.database import Database
from aipromote.embedded import secrets_file
from aipromote.embedded.home import running
from aipromote.errors import InvalidInput, SetupError

assert schema.metadata  # every model is loaded, so that every sealed column is known

_T = TypeVar("_T")
_OWN_RING = (
    "The key ring comes from AIPROMOTE_ENCRYPTION_KEYS, which this command cannot change. Put the new key second and "
    "restart every process, then put it first and restart every process, then run `aipromote db rotate-keys`."
)


def keys(*, data: Path | None, as_json: bool) -> int:
    """Print the keys of the ring and what each seals; returns 1 when a needed key is missing."""
    with servers(data):
        found, ring = asyncio.run(_with_database(rotation.counts)), sealing.ring()
    by_key = dict.fromkeys(ring.keys, 0)
    for count in found:
        by_key[count.key_id] = by_key.get(count.key_id, 0) + count.secrets
    first = next(iter(ring.keys))
    if as_json:
        rows = [
            {"key": name, "secrets": n, "seals": name == first, "known": name in ring.keys}
            for name, n in by_key.items()
        ]
        sys.stdout.write(json.dumps({"keys": rows}) + "\n")
    else:
        _tell(Console(highlight=False), by_key, ring)
    return 0 if set(by_key) <= set(ring.keys) else 1


def _tell(console: Console, by_key: dict[str, int], ring: sealing.KeyRing) -> None:
    first = next(iter(ring.keys))
    for name, number in by_key.items():
        role = "seals and opens" if name == first else "opens" if name in ring.keys else "NOT IN THE RING"
        console.print(f"{name}: {_number(number)} ({role})", markup=False)


def rotate_keys(*, new_key: bool, forget: str | None, data: Path | None) -> int:
    """Make a key if asked, seal anew, prove it, forget a key if asked. Returns 1 when a secret does not open."""
    console, path = Console(highlight=False), home_path(data)
    with servers(data) as config, _alone(path, config):
        if new_key or forget:
            _refuse_foreign_ring(config, path)
        if forget:
            _refuse_to_forget(sealing.ring(), forget, is_replaced=new_key)
        if new_key:
            rotation.refuse_unknown(sealing.ring(), asyncio.run(_with_database(rotation.counts)))
            console.print(f"Key {_add_key(path)} was made. It seals from now on, in every process.")
        done = _rotate(console)
        if done.broken:
            for place, (organization, row) in done.broken:
                console.print(f"{place} of row {row} in organization {organization} does not open: it was altered.")
            console.print("The others are sealed anew. Connect those accounts again, then run this again.")
            return 1
        proved = asyncio.run(_with_database(lambda database: rotation.prove(database, sealing.ring())))
        console.print(f"{_number(proved)} stored: all open with key {done.key_id} alone, and older keys seal nothing.")
        if forget:
            _forget(path, forget)
            console.print(f"Key {forget} is gone from the ring. Backups from before open only with a copy of it.")
    return 0


@contextmanager
def _alone(path: Path, config: settings.Settings) -> Iterator[None]:
    """No second command may change the file of keys meanwhile: whose write came last would drop the other's key."""
    if not config.keys_file:
        yield
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise SetupError("Another `aipromote db rotate-keys` is at work on these keys. Wait for its end.") from held
        yield
    finally:
        os.close(folder)


def _rotate(console: Console) -> rotation.Rotated:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Sealing anew", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        done = asyncio.run(_with_database(lambda database: rotation.rotate(database, sealing.ring(), on_progress=told)))
    console.print(f"{_number(done.sealed_anew)} sealed anew with key {done.key_id}.")
    return done


def _number(secrets_: int) -> str:
    return "1 secret" if secrets_ == 1 else f"{secrets_:,} secrets"


def _refuse_to_forget(ring: sealing.KeyRing, name: str, *, is_replaced: bool) -> None:
    if name not in ring.keys:
        raise InvalidInput(f"There is no key {name!r} in the ring; it has {', '.join(ring.keys)}.")
    if name == next(iter(ring.keys)) and not is_replaced:
        raise InvalidInput(f"Key {name!r} seals new secrets. Run `aipromote db rotate-keys --new-key` first.")


def _refuse_foreign_ring(config: settings.Settings, path: Path) -> None:
    if not config.keys_file:
        raise SetupError(_OWN_RING)
    facts = running(path)
    if facts is not None and not facts.get("rereads_keys"):
        raise SetupError(
            f"The instance that runs on {path} was started by a release that reads its keys only at the start: it "
            "could not open what a new key seals. Stop it, start it with this release, and run this again."
        )


def _add_key(path: Path) -> str:
    file = path / "secrets.json"
    values = secrets_file.read(file)
    known = sealing.KeyRing.parse(values.encryption_keys).keys
    name = f"k{max((int(key[1:]) for key in known if key[:1] == 'k' and key[1:].isdigit()), default=0) + 1}"
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    secrets_file.write(file, replace(values, encryption_keys=f"{name}:{key},{values.encryption_keys}"))
    return name


def _forget(path: Path, name: str) -> None:
    """Take a key out of the file. Nothing may be sealed with it, or be about to be."""
    file = path / "secrets.json"
    values = secrets_file.read(file)
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    if asyncio.run(_with_database(lambda database: rotation.open_since(database, changed))):
        raise SetupError(f"Transactions from before the new key are still open. Key {name!r} stays; try again later.")
    if any(count.key_id == name for count in asyncio.run(_with_database(rotation.counts))):
        raise SetupError(
            f"Key {name!r} seals secrets again. Run `aipromote db rotate-keys` again; it stays until then."
        )
    parts = (part.strip() for part in values.encryption_keys.split(","))
    kept = ",".join(part for part in parts if part.partition(":")[0] != name)
    secrets_file.write(file, replace(values, encryption_keys=kept))


async def _with_database(work: Callable[[Database], Awaitable[_T]]) -> _T:
    database = Database.from_settings("aipromote db rotate-keys")
    try:
        return await work(database)
    finally:
        await database.close()
