"""Tokens: random, with their holder only; stored as an HMAC under the secret key, so a stolen table opens nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Literal

from aipromote import settings

Purpose = Literal[
    "session", "link", "api-key", "verify", "reset", "new-email", "flow", "second", "recovery-code", "passkey",
    "review", "calendar",
]  # fmt: skip
"""A link must not pass for a session, nor the other way round: each purpose has hashes of its own."""


def fresh() -> str:
    """A new token, safe in a cookie and in an address."""
    return secrets.token_urlsafe(32)


def derived(of: str, *, purpose: str) -> str:
    """A token that follows from `of` and the secret key: made again whenever it is needed, it need not be kept."""
    key = settings.get().require("secret_key").encode()
    digest = hmac.new(key, f"derived:{purpose}:{of}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def keyed_hash(token: str, *, purpose: Purpose) -> bytes:
    """What is stored of a token."""
    key = settings.get().require("secret_key").encode()
    return hmac.new(key, f"{purpose}:{token}".encode(), hashlib.sha256).digest()
