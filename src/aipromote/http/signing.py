"""Short keyed hashes: what comes back with one of them was given out by us."""

from __future__ import annotations

import base64
import hashlib
import hmac

from aipromote import settings


def sign(purpose: str, value: str) -> str:
    """The keyed hash of a value, for one purpose only: a signature made for another does not fit."""
    key = settings.get().secret_key.get_secret_value().encode()
    digest = hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def fits(purpose: str, value: str, signature: str) -> bool:
    """Whether the signature is ours; takes the same time whatever is wrong with it."""
    return hmac.compare_digest(sign(purpose, value).encode(), signature.encode())
