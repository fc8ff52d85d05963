"""What became of a bulk write."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

OnConflict: TypeAlias = Literal["report", "skip", "update"]
"""What happens to a row whose key is taken: it is named, passed over, or changes the row that is there."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row of the input that was not written.

    `row` counts from 0. `key` is the row's value of each key column. `first` is the row of the same input that holds
    this key already, or None when the table holds it.
    """

    row: int
    key: dict[str, Any]
    first: int | None = None

    def __str__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.key.items() if name != "organization_id")
        place = "is in the table already" if self.first is None else f"is in row {self.first} already"
        return f"row {self.row}: {values} {place}"


@dataclass(frozen=True, slots=True)
class Written:
    """Counts of rows. `conflicts` names those that were not written, unless they were to be skipped.

    `conflicts` may be shorter than `refused` after a large load: its length is capped there.
    """

    inserted: int = 0
    updated: int = 0
    refused: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
