"""What a server's own error means to the person at the terminal."""

from __future__ import annotations

import socket

_ABSENT = frozenset({"42P01", "42703", "42704", "42883", "3F000"})
"""SQLSTATEs of a table, column, type, function or schema that is not there."""
_CLOSED = frozenset({"28000", "28P01", "3D000"})
"""SQLSTATEs of a login that is refused and of a database that does not exist."""
_NOT_ALLOWED = "42501"
_BUSY = frozenset({"53300", "57P01", "57P02", "57P03", "08006"})
"""SQLSTATEs of a server that has no connection left, starts, or stops."""


def may_lack_schema(error: BaseException) -> bool:
    """Whether something is absent that migrations make: a table, or the application's login."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) in _ABSENT | _CLOSED


def told(error: BaseException) -> str | None:
    """One message for an error of a server or of the way to it; None for every other error, which is ours."""
    cause = getattr(error, "orig", error)
    state = getattr(cause, "sqlstate", None)
    detail = str(getattr(cause, "message", None) or cause).split("\n", 1)[0].rstrip(".")
    if state in _ABSENT:
        return (
            f"The database lacks what this release expects ({detail}). If `aipromote db status` shows pending "
            "migrations, apply them with `aipromote db migrate`; if not, this is a fault of AIPromote."
        )
    if state in _CLOSED:
        return f"PostgreSQL lets nobody in ({detail}). Look at DATABASE_URL and AIPROMOTE_APP_DATABASE_URL."
    if state == _NOT_ALLOWED and "for database" in detail:
        return (
            f"Only its owner may connect ({detail}): a restore is under way, or was interrupted. Run `aipromote db "
            "restore` again, which opens the database at its end."
        )
    if state in _BUSY or isinstance(cause, ConnectionError | TimeoutError | socket.gaierror):
        reason = detail or type(cause).__name__
        return f"A server does not answer ({reason}). Look at DATABASE_URL and REDIS_URL, and whether both servers run."
    return None
