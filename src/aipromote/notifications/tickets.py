"""Links that only who was sent them can have: a text, and a keyed hash of it.

What a link says is no secret, and stands in rows; that it is ours only the instance's secret key can tell. So a letter
that waits to be mailed holds nothing that opens anything, nor does a stolen table.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from aipromote import settings

_LONGEST = 500


def signed(ticket: str) -> str:
    """The ticket as it stands in a link. It has to consist of what an address may hold, without a dot."""
    return f"{ticket}.{_signature(ticket)}"


def opened(text: str) -> str | None:
    """The ticket, if the link is ours; takes the same time whatever is wrong with the signature."""
    ticket, _, signature = text[:_LONGEST].rpartition(".")
    return ticket if ticket and hmac.compare_digest(_signature(ticket).encode(), signature.encode()) else None


def _signature(ticket: str) -> str:
    key = settings.get().require("secret_key").encode()
    digest = hmac.new(key, f"ticket\0{ticket}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
