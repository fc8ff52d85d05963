"""The secrets of an instance: made at the first start, kept in one file that only its owner reads, used ever after.

The key ring opens the stored tokens of social accounts; if the file is lost they cannot be read again. So a file that
is damaged, or missing while data exists, stops the start; it is never silently made anew.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from aipromote.embedded.account import Account
from aipromote.errors import SetupError

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """All secrets, as text. `encryption_keys` is the key ring `id:base64,…`, the first of which encrypts."""

    postgres_password: str = field(repr=False)
    redis_password: str = field(repr=False)
    secret_key: str = field(repr=False)
    encryption_keys: str = field(repr=False)


def fresh() -> Secrets:
    """New random secrets. The passwords need no quoting in a URL."""
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    return Secrets(
        postgres_password=secrets.token_urlsafe(24),
        redis_password=secrets.token_urlsafe(24),
        secret_key=secrets.token_urlsafe(48),
        encryption_keys=f"k1:{key}",
    )


def read(path: Path) -> Secrets:
    """The secrets in the file; SetupError when it does not hold all of them."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        found = Secrets(**{each.name: values[each.name] for each in fields(Secrets)})
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"The secrets file {path} is damaged ({type(error).__name__}: {error}). Restore it from a backup; "
            "without it the stored access tokens cannot be read."
        ) from error
    path.chmod(0o600)
    return found


def write(path: Path, values: Secrets) -> None:
    """Replace the file in one step; it is on the disk when this returns."""
    write_private(path, json.dumps(asdict(values), indent=2) + "\n")


def write_private(path: Path, text: str, *, owner: Account | None = None) -> None:
    """Put `text` into a file with mode 0600, all at once, readable by `owner` (the calling user when None)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if owner is not None:
            owner.give(descriptor)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.rename(path)
