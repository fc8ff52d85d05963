"""What people read when a network does not play along."""

from __future__ import annotations

from aipromote.connectors.errors import ConnectorError, RateLimited, UnknownOutcome, Unreachable
from aipromote.errors import Conflict, InvalidInput, Unavailable


def for_people(error: ConnectorError) -> InvalidInput | Unavailable | Conflict:
    """The error of a page for one that came while somebody was connecting an account."""
    if isinstance(error, RateLimited):
        return Conflict(f"The network asks to wait before connecting: {error.reason}")
    if isinstance(error, Unreachable | UnknownOutcome):
        return Unavailable(f"The network does not answer: {error.reason} Please try again.")
    return InvalidInput(f"The network did not accept the connection: {error.reason}")
