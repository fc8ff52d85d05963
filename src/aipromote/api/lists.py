"""The shape of every list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from aipromote.db.paging import Slice

T = TypeVar("T")
R = TypeVar("R")


class Shown(BaseModel):
    """What is shown of a row: the fields that are named here and no others."""

    model_config = ConfigDict(from_attributes=True)


class Listed(BaseModel, Generic[T]):
    """Some rows, and the cursors of those behind and before them (null where there are none)."""

    data: list[T]
    next: str | None
    previous: str | None


def listed(part: Slice[R], shown: Callable[[R], T]) -> dict[str, Any]:
    """A part of a list, each row in its shape."""
    return {"data": [shown(row) for row in part.rows], "next": part.following, "previous": part.preceding}
