"""Passwords: hashed with Argon2id, away from the event loop, and always as they were typed."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from aipromote.errors import InvalidInput

MIN_LENGTH = 10
MAX_LENGTH = 1000  # hashing a book would keep a thread busy

_hasher = PasswordHash((Argon2Hasher(),))


async def hashed(password: str) -> str:
    """The hash to store. Raises InvalidInput for a password that is too short or absurdly long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        message = f"A password needs at least {MIN_LENGTH} characters (and at most {MAX_LENGTH})."
        raise InvalidInput(message, field="password")
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the stored hash. Without one the same work is done, and the answer is no."""
    return await asyncio.to_thread(_matches, password[:MAX_LENGTH], stored)


def _matches(password: str, stored: str | None) -> bool:
    fits = _hasher.verify(password, stored or _nobodys_hash())
    return fits and stored is not None


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("the password of nobody")
