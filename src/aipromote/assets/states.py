"""Kinds of files."""

from __future__ import annotations

from enum import StrEnum


class AssetType(StrEnum):
    """What a file is for."""

    LOGO = "LOGO"
    SCREENSHOT = "SCREENSHOT"
    VIDEO = "VIDEO"
    DOCUMENT = "DOCUMENT"
    IMAGE = "IMAGE"
    AVATAR = "AVATAR"
    BANNER = "BANNER"
    CASE_STUDY = "CASE_STUDY"
    PITCH_DECK = "PITCH_DECK"
