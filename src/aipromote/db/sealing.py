"""Secrets at rest: AES-256-GCM under a key ring, each ciphertext bound to the row and column it stands in.

Layout of a sealed value: version (1 byte, 1), length of the key id (1 byte), key id (ASCII), nonce (12 bytes),
ciphertext with its 16-byte tag. The associated data is `table:column:organization:row`, so a ciphertext that was moved
to another row does not open. Nonces are random, for which NIST SP 800-38D allows 2^32 values per key.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, overload
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aipromote import settings
from aipromote.errors import AipromoteError, SetupError

NOBODY = UUID(int=0)
"""Stands where others name an organization, in what belongs to a person."""
_VERSION = 1
_NONCE = 12
_KEY = 32


class SealBroken(AipromoteError):
    """A sealed value does not open: unknown key, altered bytes, or a value that belongs to another row."""


@dataclass(frozen=True)
class KeyRing:
    """The keys by id. The first seals; every one opens."""

    keys: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `id:base64,id:base64`. Raises SetupError for anything but 32-byte keys with short ASCII ids."""
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            key_id, colon, encoded = entry.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if len(key) != _KEY or not key_id.isascii() or not 0 < len(key_id) < 256:  # noqa: PLR2004 -- one length byte
                shown = repr(key_id[:20]) if colon else "without an id"  # what has no colon may be the key itself
                raise SetupError(f"AIPROMOTE_ENCRYPTION_KEYS: key {shown} is not `id:base64 of 32 bytes`.")
            keys[key_id] = key
        if not keys:
            raise SetupError("AIPROMOTE_ENCRYPTION_KEYS is empty: tokens cannot be stored. `aipromote up` makes a key.")
        return cls(keys)

    def seal(self, plain: str, bound_to: str) -> bytes:
        """Encrypt under the first key, bound to this place."""
        key_id, key = next(iter(self.keys.items()))
        nonce = os.urandom(_NONCE)
        name = key_id.encode("ascii")
        return (
            bytes((_VERSION, len(name))) + name + nonce + AESGCM(key).encrypt(nonce, plain.encode(), bound_to.encode())
        )

    def open(self, sealed: bytes, bound_to: str) -> str:
        """Decrypt; raises SealBroken."""
        length = sealed[1]
        key_id = key_of(sealed)
        key = self.keys.get(key_id)
        if sealed[0] != _VERSION or key is None:
            raise SealBroken(f"A stored secret was sealed with key {key_id!r}, which is not in the key ring.")
        body = sealed[2 + length :]
        try:
            return AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], bound_to.encode()).decode()
        except InvalidTag as broken:
            raise SealBroken("A stored secret does not open in this row: it was altered or moved.") from broken


@lru_cache(maxsize=4)
def _ring(text: str) -> KeyRing:
    return KeyRing.parse(text)


@lru_cache(maxsize=4)
def _ring_on_disk(path: Path, _version: tuple[int, int, int]) -> KeyRing:
    try:
        return KeyRing.parse(str(json.loads(path.read_text(encoding="utf-8"))["encryption_keys"]))
    except (ValueError, KeyError, TypeError) as error:  # its text may hold a key: only the kind is told
        raise SetupError(f"The key ring in {path} is damaged ({type(error).__name__}). Restore it.") from None


def ring() -> KeyRing:
    """The key ring in force: that of the settings, or, in the embedded runtime, of the instance's file of secrets.

    The file is looked at each time, so that a key which was put first there seals in every running process from then
    on, and no process meets a value whose key it does not know.
    """
    config = settings.get()
    if config.keys_file:
        path = Path(config.keys_file)
        try:
            facts = path.stat()
            return _ring_on_disk(path, (facts.st_mtime_ns, facts.st_ino, facts.st_size))
        except OSError as error:
            raise SetupError(f"The key ring in {path} cannot be read ({error.strerror}).") from error
    return _ring(config.encryption_keys.get_secret_value())


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed this value."""
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace")


class Sealed:
    """A secret attribute of a model: reads and writes plain text, stores it sealed in the column `<name>_sealed`.

    The row must have its organization and id before a secret is set, since the ciphertext is bound to both. A row that
    belongs to a person has no organization; `NOBODY` stands in its place.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.column = f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: object | None, owner: type) -> Self | str | None:
        if row is None:
            return self
        sealed: bytes | None = getattr(row, self.column)
        return None if sealed is None else ring().open(sealed, self._place(row))

    def __set__(self, row: object, plain: str | None) -> None:
        setattr(row, self.column, None if plain is None else ring().seal(plain, self._place(row)))

    def place(self, table: str, organization: UUID, key: UUID) -> str:
        """What a value of this attribute is bound to in that row."""
        return f"{table}:{self.name}:{organization}:{key}"

    def _place(self, row: Any) -> str:
        organization, key = getattr(row, "organization_id", NOBODY), row.id
        if not isinstance(organization, UUID) or not isinstance(key, UUID):
            msg = f"{type(row).__name__}.{self.name}: set organization_id and id before the secret"
            raise TypeError(msg)
        return self.place(row.__tablename__, organization, key)
