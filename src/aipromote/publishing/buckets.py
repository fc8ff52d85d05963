"""The token buckets of an account, as they are stored."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Bucket(BaseModel):
    """One quota of calls: it holds `size` tokens at most, and fills from empty to full in `seconds`."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    size: int
    """Calls that the network allows within `seconds`."""
    seconds: int
    tokens: float
    """What was left at the time that the account's row names; one call takes one."""
