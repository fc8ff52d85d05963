"""Codes as numbers and texts, without a database: those of apps (RFC 6238), and those for a day without the app."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
_KEY_BYTES = 20
_NEIGHBOURS = (0, -1, 1)
"""Clocks of telephones are off by some seconds, and people type slowly: one step to each side."""
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for one another on paper."""
_HALF = 5


class Sharing(NamedTuple):
    """How a secret is given to an app: as an address in a QR code, and as a text to type."""

    address: str
    text: str


def fresh_secret() -> str:
    """A new secret of 160 bits, in the letters that apps take (base32)."""
    return base64.b32encode(secrets.token_bytes(_KEY_BYTES)).decode()


def step_at(instant: datetime) -> int:
    """The number of the step that an instant falls into."""
    return int(instant.timestamp()) // STEP_SECONDS


def code_of(secret: str, step: int) -> str:
    """The code of that step, with its leading zeros."""
    # SHA-1 is what apps know; as a keyed hash it is as good as ever (RFC 6238, 1.2).
    made = HOTP(base64.b32decode(secret), DIGITS, SHA1(), enforce_key_length=False)  # noqa: S303 -- see above
    return made.generate(step).decode()


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step whose code this is, if it is the one of now or a neighbour. None for any other text."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    steps = [step_at(now) + off for off in _NEIGHBOURS]
    fitting = [step for step in steps if compare_digest(code_of(secret, step), typed)]
    return fitting[0] if fitting else None


def sharing(secret: str, *, email: str, issuer: str) -> Sharing:
    """The secret for an app, which will show it under the issuer's name and the person's e-mail."""
    label = f"{quote(issuer, safe='')}:{quote(email, safe='')}"
    query = f"secret={secret}&issuer={quote(issuer, safe='')}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return Sharing(f"otpauth://totp/{label}?{query}", " ".join(groups).lower())


def fresh_recovery_codes() -> list[str]:
    """Ten new ones, of 49 bits each: `abcde-fghjk`."""
    return [f"{_letters()}-{_letters()}" for _ in range(RECOVERY_CODES)]


def as_written(code: str) -> str:
    """A recovery code as it was given out, however it was typed: without spaces, in small letters, with its hyphen."""
    plain = "".join(letter for letter in code.lower() if letter.isascii() and letter.isalnum())
    return f"{plain[:_HALF]}-{plain[_HALF:]}"


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))
