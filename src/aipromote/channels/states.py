"""What a network says when it is asked whether it still lets an account in."""

from __future__ import annotations

from enum import StrEnum


class LookAnswer(StrEnum):
    """UNASKED and OPEN stand against nothing; SILENT tells nothing about the account."""

    UNASKED = "UNASKED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"  # it refuses the tokens, also new ones
    FORBIDDEN = "FORBIDDEN"  # it lets the account in, and not to what was asked for
    SILENT = "SILENT"  # it could not be reached, or was asked too often
    NOT_RENEWED = "NOT_RENEWED"  # the tokens have to be refreshed, and that failed
