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
