"""Roles inside an organization."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a member may do: each role may do all that the ones after it may."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    APPROVER = "APPROVER"
    VIEWER = "VIEWER"


_ORDER = list(Role)


def includes(role: Role, other: Role) -> bool:
    """Whether `role` may do all that `other` may."""
    return _ORDER.index(role) <= _ORDER.index(other)


def lesser(one: Role, other: Role) -> Role:
    """The one of the two that may less."""
    return max(one, other, key=_ORDER.index)
