"""The error tree. Everything the product raises on purpose is an `AipromoteError`, and carries what a face needs.

    AipromoteError            500  something the product did not expect of itself
    ├── InvalidInput          422  what was given does not fit; `field` says where
    │   └── LimitReached      402  the plan's limit is used up
    ├── NotFound              404  no such thing in this organization
    ├── NotAllowed            403  the actor may not do this
    ├── NotSignedIn           401  no valid session
    ├── Conflict              409  somebody else was first, or the state does not allow the move
    │   └── StaleRevision     409  the text was changed since it was read
    ├── Unavailable           503  a server we need does not answer
    └── SetupError            500  the machine or the settings do not allow a start; the message says the way out

Connector failures are a separate closed set: see `aipromote.connectors.contract`.
"""

from __future__ import annotations


class AipromoteError(Exception):
    """Root of the tree. `message` is for people: what happened, and what to do next."""

    status = 500

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(AipromoteError):
    """What was given does not fit; `field` is the dotted path of the offending value, where there is one."""

    status = 422


class LimitReached(InvalidInput):
    """The plan's limit for this month is used up."""

    status = 402


class NotFound(AipromoteError):
    """No such row in this organization (or at all: the two are not told apart)."""

    status = 404


class NotAllowed(AipromoteError):
    """The actor is known and may not do this."""

    status = 403


class NotSignedIn(AipromoteError):
    """There is no valid session behind the request."""

    status = 401


class Conflict(AipromoteError):
    """The state of the row does not allow this move, often because somebody else was first."""

    status = 409


class StaleRevision(Conflict):
    """The text was changed since the caller read it."""


class Unavailable(AipromoteError):
    """A server that is needed does not answer."""

    status = 503


class SetupError(AipromoteError):
    """The machine or the settings do not allow a start. One sentence with the cause, one with the way out."""
