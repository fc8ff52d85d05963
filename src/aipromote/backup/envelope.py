"""The seal around a backup: AES-256-GCM over chunks, in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár).

Layout: magic, length of the header (4 bytes), header (JSON), chunks of 1 MiB, each with its 16-byte tag. The nonce of a
chunk is a random prefix (7 bytes), its number (4 bytes) and whether it is the last one (1 byte), so that chunks cannot
be reordered, left out or cut off unseen; the header is the associated data of every chunk. The key comes from a
passphrase by scrypt, or by HKDF from a key of the instance's ring; a random salt makes it the key of this file alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from aipromote.backup.errors import BackupUnusable, WrongKey
from aipromote.db.sealing import KeyRing

MAGIC = b"AIPROMOTE BACKUP\n"
VERSION = 1
CHUNK = 1024 * 1024
_TAG = 16
_PREFIX = 7
_LONGEST_HEADER = 4096
_LENGTH = struct.Struct(">I")
_PLACE = struct.Struct(">IB")
_LARGEST_COST = 20  # 1 GiB of memory: more than any file of ours asks for, and what a foreign one may make us spend
_OF_FILE, _OF_CHECK = b"aipromote backup", b"aipromote backup key check"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A person's secret. `cost` is scrypt's: 2^cost blocks of 1 kB, so that guessing needs that memory for each try."""

    text: str = field(repr=False)
    cost: int = 17


Secret = Passphrase | KeyRing
"""What opens a backup: a passphrase, or the instance's ring, whose first key seals."""


class Writer:
    """Seals what is written to it into `file`. Only `finish` makes it whole."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._file = file
        self._rest = bytearray()
        self._number = 0
        self._prefix = os.urandom(_PREFIX)
        way = _way(secret)
        key = _derive(secret, way)
        header = {"version": VERSION, "nonce": _text(self._prefix), "key": way, "check": _text(_check(key))}
        self._header = json.dumps(header, sort_keys=True).encode()
        self._cipher = AESGCM(_expand(key, _OF_FILE))
        file.write(MAGIC + _LENGTH.pack(len(self._header)) + self._header)

    def write(self, data: bytes) -> None:
        """Append. OSError where the disk refuses."""
        self._rest += data
        while len(self._rest) > CHUNK:  # at least one byte stays for the last chunk
            self._seal(bytes(self._rest[:CHUNK]), is_last=False)
            del self._rest[:CHUNK]

    def finish(self) -> None:
        """Seal what is left as the last chunk."""
        self._seal(bytes(self._rest), is_last=True)

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = self._prefix + _PLACE.pack(self._number, is_last)
        self._file.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class Reader:
    """Opens a sealed file from its start. Everything that `read` returns is authentic, and in its place."""

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        self._file = file
        self._header, facts = _read_header(file)
        key = _derive(secret, facts["key"])
        if not hmac.compare_digest(_check(key), _bytes(facts["check"])):
            raise WrongKey("The passphrase does not open this backup. Nothing was touched; try the right one.")
        self._prefix = _bytes(facts["nonce"])
        self._cipher = AESGCM(_expand(key, _OF_FILE))
        self._number = 0
        self._ended = False
        self._rest = bytearray()
        self._ahead = file.read(CHUNK + _TAG)

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end. BackupUnusable where the file was altered or cut off."""
        while len(self._rest) < size and not self._ended:
            self._rest += self._open_chunk()
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken

    def _open_chunk(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(CHUNK + _TAG)
        self._ended = not self._ahead
        try:
            nonce = self._prefix + _PLACE.pack(self._number, self._ended)
            opened = self._cipher.decrypt(nonce, sealed, self._header)
        except (InvalidTag, ValueError, struct.error) as broken:
            raise BackupUnusable(
                "This backup was altered or cut off: its seal is broken. Nothing was touched; use another copy of it."
            ) from broken
        self._number += 1
        return opened


def sealed_with(file: BinaryIO) -> str | None:
    """The id of the ring's key that seals this file; None for a passphrase. Leaves the file at its start."""
    _, facts = _read_header(file)
    file.seek(0)
    key_id = facts["key"].get("key_id")
    return None if key_id is None else str(key_id)


def _read_header(file: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupUnusable("This file is not a backup of AIPromote.")
    length = file.read(_LENGTH.size)
    size = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else 0
    header = file.read(size) if 0 < size <= _LONGEST_HEADER else b""
    try:
        facts: dict[str, Any] = json.loads(header)
        version = facts["version"]
        if version == VERSION and (len(_bytes(facts["nonce"])) != _PREFIX or "key" not in facts):
            raise ValueError  # noqa: TRY301 -- told below, as all that does not fit
        if version == VERSION:
            _bytes(facts["check"])
    except (ValueError, KeyError, TypeError) as damaged:
        raise BackupUnusable("The beginning of this backup is damaged. Use another copy of it.") from damaged
    if version != VERSION:
        raise BackupUnusable(
            f"This backup has format {version}; this release reads format {VERSION}. Update AIPromote."
        )
    return header, facts


def _way(secret: Secret) -> dict[str, Any]:
    salt = _text(os.urandom(16))
    if isinstance(secret, KeyRing):
        return {"name": "ring", "salt": salt, "key_id": next(iter(secret.keys))}
    return {"name": "scrypt", "salt": salt, "cost": secret.cost}


def _derive(secret: Secret, way: dict[str, Any]) -> bytes:
    """The secret that both keys of the file come from."""
    try:
        salt, name = _bytes(way["salt"]), way["name"]
        if name == "ring":
            return _from_ring(secret, str(way["key_id"]), salt)
        cost = int(way["cost"])
    except (KeyError, TypeError, ValueError) as damaged:
        raise BackupUnusable("The beginning of this backup is damaged. Use another copy of it.") from damaged
    if name != "scrypt" or not 1 <= cost <= _LARGEST_COST:
        raise BackupUnusable("This backup names a way to its key that this release does not know.")
    if not isinstance(secret, Passphrase):
        raise WrongKey(
            "This backup is sealed with a passphrase. Name the file that holds it with --passphrase-file, "
            "or set AIPROMOTE_BACKUP_PASSPHRASE."
        )
    return Scrypt(salt=salt, length=32, n=2**cost, r=8, p=1).derive(secret.text.encode())


def _from_ring(secret: Secret, key_id: str, salt: bytes) -> bytes:
    key = secret.keys.get(key_id) if isinstance(secret, KeyRing) else None
    if key is None:
        raise WrongKey(
            f"This backup is sealed with the instance's key {key_id!r}. Put that key into AIPROMOTE_ENCRYPTION_KEYS "
            "(it is in the secrets.json of the instance that made the backup)."
        )
    return hashlib.sha256(salt + key).digest()


def _expand(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def _check(key: bytes) -> bytes:
    """Tells a wrong key from a damaged file. Says nothing about the key that seals the chunks."""
    return _expand(key, _OF_CHECK)[:16]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
