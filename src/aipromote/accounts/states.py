"""Kinds of users."""

from __future__ import annotations

from enum import StrEnum


class UserRole(StrEnum):
    """What a person may do with the instance as a whole."""

    USER = "USER"
    ADMIN = "ADMIN"
    MODERATOR = "MODERATOR"
