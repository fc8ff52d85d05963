"""What may keep a post from going out, as it is stored and shown."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Risk(BaseModel):
    """One reason why a post is at risk. Fields of other releases are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    kind: str
    """For programs: `token`, `scopes`, `quota`, `too_long`, `file_gone`, …"""
    reason: str
    """What would happen, in plain words."""
    remedy: str = ""
    """What a person can do about it."""
    path: str = ""
    """Where they do it, within the product: `/channels`."""
