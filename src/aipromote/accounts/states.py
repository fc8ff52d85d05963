"""Kinds of users."""

from __future__ import annotations

from enum import StrEnum


class UserRole(StrEnum):
    """What a person may do with the instance as a whole."""

    USER = "USER"
    ADMIN = "ADMIN"
    MODERATOR = "MODERATOR"


class Provider(StrEnum):
    """Who else may say who somebody is."""

    GOOGLE = "google"
    GITHUB = "github"

    @property
    def label(self) -> str:
        """As people say it."""
        return {"google": "Google", "github": "GitHub"}[self.value]
