"""Addresses at which a network fetches a file by itself: signed, for some hours, each for one file only.

`<public address>/media/<token>`: the token holds which file it is and until when, and a keyed hash over both. Whoever
has it can read that file, so it is given to the network alone and stands in no log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aipromote import clock, settings
from aipromote.assets import stores
from aipromote.assets.renditions import Sendable
from aipromote.errors import NotFound

PATH = "/media/"
_PURPOSE = b"media address\0"
_LONGEST = 1000
_SIGNED = 43


@dataclass(frozen=True, slots=True)
class Addressed:
    """The file that a token opens."""

    key: str
    bucket: str
    mime_type: str
    size: int


def address_of(file: Sendable) -> str | None:
    """Where the network can fetch it; None where this installation has no public address.

    A file in a bucket that the internet can reach is fetched there, by an address that the bucket checks.
    """
    lasts = timedelta(hours=settings.get().media_address_hours)
    if file.bucket != stores.LOCAL and _is_public(settings.get().s3_endpoint or "https://s3.amazonaws.com"):
        return stores.signed(file.bucket, file.key, lasts)
    public = settings.get().public_url.rstrip("/")
    return f"{public}{PATH}{token_of(file, until=clock.now() + lasts)}" if public else None


def token_of(file: Sendable, *, until: datetime) -> str:
    """The token for this file until then."""
    told = [int(until.timestamp()), file.bucket, file.key, file.mime_type, file.size]
    words = _encoded(json.dumps(told, separators=(",", ":")).encode())
    return f"{words}.{_signature(words)}"


def opened(token: str) -> Addressed:
    """The file that a token of ours opens. Raises NotFound for every other, and once its time is over."""
    words, _, signature = token.partition(".")
    is_ours = len(token) <= _LONGEST and len(signature) == _SIGNED and token.isascii()
    if not is_ours or not hmac.compare_digest(_signature(words), signature):
        raise NotFound("There is no such file.")
    until, bucket, key, mime_type, size = json.loads(base64.urlsafe_b64decode(words + "=" * (-len(words) % 4)))
    if clock.now().timestamp() >= until:
        raise NotFound("There is no such file any more.")
    return Addressed(key, bucket, mime_type, size)


def _signature(words: str) -> str:
    key = settings.get().require("secret_key").encode()
    return _encoded(hmac.digest(key, _PURPOSE + words.encode(), hashlib.sha256))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _is_public(address: str) -> bool:
    """Whether anybody on the internet may be able to reach it, as far as the address itself tells."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    try:
        is_global = ipaddress.ip_address(host).is_global
    except ValueError:
        is_global = "." in host and not host.endswith((".local", ".internal", ".localhost"))
    return parts.scheme == "https" and is_global
