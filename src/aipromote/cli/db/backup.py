"""`aipromote db backup`, `restore` and `verify`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from aipromote import clock, settings
from aipromote.backup import opening, restoring, taking
from aipromote.backup.envelope import Passphrase, Secret, sealed_with
from aipromote.backup.errors import BackupFailed, BackupUnusable
from aipromote.backup.manifest import Manifest
from aipromote.backup.restoring import Restored
from aipromote.backup.taking import Progress, Taken
from aipromote.cli.db.programs import programs_for
from aipromote.cli.instance import servers
from aipromote.db import roles
from aipromote.db.sealing import KeyRing
from aipromote.embedded import secrets_file
from aipromote.errors import SetupError

_SHORTEST = 12


def backup(
    *, to: Path | None, passphrase_file: Path | None, with_keys: bool, skip_missing: bool, data: Path | None
) -> None:
    """Make a backup, and say what is in it and what is not."""
    console = Console(highlight=False)
    chosen = _passphrase(passphrase_file)
    if with_keys and chosen is None:
        raise BackupFailed(
            "Keys go into a backup only under a passphrase: sealed with one of these keys, nobody could take them out. "
            "Name a file that holds a passphrase with --passphrase-file."
        )
    path = _place(to)
    with servers(data) as config, _shown(console) as progress:
        url, ring = config.require("database_url"), KeyRing.parse(config.require("encryption_keys"))
        keys = _keys_of(config) if with_keys else None

        async def run() -> Taken:
            programs = await programs_for(url)
            return await taking.take(
                url,
                path,
                secret=chosen or ring,
                programs=programs,
                keys=keys,
                skip_missing=skip_missing,
                progress=progress,
            )

        taken = asyncio.run(run())
    _tell_backup(console, taken, by_passphrase=chosen is not None)


def restore(file: Path, *, passphrase_file: Path | None, data: Path | None) -> None:
    """Restore into an empty instance, and say what a person has to do next."""
    console = Console(highlight=False)
    named = settings.get()
    with servers(data) as config:
        url, secret = config.require("database_url"), _secret_for(file, config, passphrase_file)

        keys = opening.keys_in(file, secret=secret)
        ring = KeyRing.parse(keys.get("encryption_keys") or config.require("encryption_keys"))

        async def run() -> Restored:
            return await restoring.restore(url, file, secret=secret, programs=await programs_for(url), ring=ring)

        restored = asyncio.run(run())
        _tell_restore(console, restored)
        if keys:
            _keep_keys(console, keys, config, named_by_hand=bool(named.encryption_keys.get_secret_value()))


def verify(file: Path, *, passphrase_file: Path | None, data: Path | None) -> None:
    """Restore into a database that is dropped again, and compare."""
    with servers(data) as config:
        url, secret = config.require("database_url"), _secret_for(file, config, passphrase_file)

        async def run() -> Manifest:
            return await restoring.verify(url, file, secret=secret, programs=await programs_for(url))

        manifest = asyncio.run(run())
    console = Console(highlight=False)
    console.print(f"OK: {_contents(manifest)}, restored and compared, the same in number and content.", soft_wrap=True)
    console.print(f"Made at {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, schema {manifest.schema_revision}.")


def _passphrase(path: Path | None) -> Passphrase | None:
    """From the file, or the setting; None where neither names one."""
    if path is None:
        text = settings.get().backup_passphrase.get_secret_value()
        return _long_enough(text, "AIPROMOTE_BACKUP_PASSPHRASE") if text else None
    try:
        text = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The passphrase file {path} cannot be read ({error}). Name another one.") from error
    return _long_enough(text, str(path))


def _long_enough(text: str, where: str) -> Passphrase:
    if len(text) < _SHORTEST:
        raise SetupError(f"The passphrase in {where} has fewer than {_SHORTEST} characters. Choose a longer one.")
    return Passphrase(text)


def _secret_for(file: Path, config: settings.Settings, passphrase_file: Path | None) -> Secret:
    """What the file asks for: the instance's ring, or a passphrase."""
    with opening.opened(file) as opened:
        key_id = sealed_with(opened)
    ring = KeyRing.parse(config.require("encryption_keys"))
    if key_id is not None and passphrase_file is None:
        return ring
    return _passphrase(passphrase_file) or ring


def _place(to: Path | None) -> Path:
    name = f"aipromote-{clock.now():%Y%m%dT%H%M%SZ}.backup"
    if to is None:
        return Path(name).absolute()
    path = to.expanduser().absolute()
    if not path.parent.is_dir():
        raise BackupFailed(f"There is no folder {path.parent}. Make it, or name another place with --to.")
    return path / name if path.is_dir() else path


def _keys_of(config: settings.Settings) -> dict[str, str]:
    return {"secret_key": config.require("secret_key"), "encryption_keys": config.require("encryption_keys")}


@contextmanager
def _shown(console: Console) -> Iterator[Progress]:
    with console.status("Reading …") as status:
        yield lambda what, size: status.update(f"Reading {what}: {_bytes(size)} …")


def _tell_backup(console: Console, taken: Taken, *, by_passphrase: bool) -> None:
    manifest = taken.manifest
    console.print(f"{taken.path}: {_bytes(taken.size)}", soft_wrap=True)
    console.print(f"  {_contents(manifest)}, as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC", soft_wrap=True)
    console.print(f"  sealed with {'your passphrase' if by_passphrase else 'the first key of this instance'}")
    if manifest.missing:
        console.print(f"  {len(manifest.missing)} asset(s) had no file and are not in it", style="yellow")
    if manifest.elsewhere:
        words = f"{manifest.elsewhere} file(s) are in a bucket and stay there: back the bucket up by itself"
        console.print(f"  {words}", style="yellow", soft_wrap=True)
    if manifest.has_keys:
        console.print("  The keys are in it: whoever has this file and its passphrase has everything.", soft_wrap=True)
        return
    needed = ", ".join(manifest.key_ids) or "none yet"
    console.print(
        f"  The keys are NOT in it (secrets.json; key ids that stored tokens need: {needed}). Keep them elsewhere, or "
        "add them with --with-keys: without them a restored instance cannot read the tokens of its accounts.",
        soft_wrap=True,
    )


def _tell_restore(console: Console, restored: Restored) -> None:
    manifest = restored.manifest
    console.print(f"Restored: {_contents(manifest)}, compared with the backup: all the same.", soft_wrap=True)
    if restored.applied:
        console.print(f"Applied migrations that came after it: {', '.join(restored.applied)}.", soft_wrap=True)
    if manifest.missing:
        console.print(f"{len(manifest.missing)} asset(s) had no file when it was made.", style="yellow")
    if manifest.elsewhere:
        words = f"{manifest.elsewhere} file(s) are in a bucket: set AIPROMOTE_S3_BUCKET and its keys as they were."
        console.print(words, style="yellow", soft_wrap=True)
    console.print(
        f"Publishing is held for {restored.held} organization(s): the backup does not know what was sent after "
        f"{manifest.made_at:%Y-%m-%d %H:%M} UTC. Make sure that the old instance is stopped, start this one, look at "
        "it, then let it go on: the button at the top of every page, or `aipromote posts release`.",
        style="bold",
        soft_wrap=True,
    )
    if restored.not_mailed:
        console.print(f"{restored.not_mailed} message(s) that were still owed by e-mail stay in the inboxes only.")
    if restored.unreadable:
        console.print(
            f"Tokens of accounts cannot be read: this instance lacks the key(s) {', '.join(restored.unreadable)} of "
            "the old one. Add them to AIPROMOTE_ENCRYPTION_KEYS (they are in its secrets.json; where this instance has "
            "a key of the same name, put the old one in its place), or connect the accounts again.",
            style="yellow",
            soft_wrap=True,
        )


def _keep_keys(console: Console, keys: dict[str, str], config: settings.Settings, *, named_by_hand: bool) -> None:
    """The keys that came along take the place of the new ones; where those are set by hand, a person does that."""
    home = Path(config.require("home"))
    own = home / "secrets.json"
    if named_by_hand or not own.exists():
        place = home / "restored-keys.json"
        secrets_file.write_private(place, json.dumps(keys, indent=2) + "\n")
        console.print(
            f"The backup's keys are in {place}. Put them into AIPROMOTE_SECRET_KEY and AIPROMOTE_ENCRYPTION_KEYS, "
            "then delete that file.",
            soft_wrap=True,
        )
        return
    try:
        kept = replace(secrets_file.read(own), secret_key=keys["secret_key"], encryption_keys=keys["encryption_keys"])
    except KeyError as missing:
        raise BackupUnusable(f"The keys in this backup lack {missing}. Put them in by hand.") from missing
    secrets_file.write(own, kept)
    adopted = settings.adopt(
        {"AIPROMOTE_SECRET_KEY": kept.secret_key, "AIPROMOTE_ENCRYPTION_KEYS": kept.encryption_keys}
    )
    asyncio.run(roles.ensure(adopted.require("database_url")))  # its password follows from the secret key
    console.print(f"The backup's keys are in place ({own}).", soft_wrap=True)


def _contents(manifest: Manifest) -> str:
    tables, files = len(manifest.tables), len(manifest.files)
    return f"{manifest.rows:,} rows in {tables} tables, {files:,} files ({_bytes(manifest.file_bytes)})"


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 -- the next unit
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
