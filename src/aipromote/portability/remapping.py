"""New ids for all rows of an import whose own are taken, the same new one wherever the old one stands.

A new id keeps the old one's beginning, which is its time, so that rows keep their order; the end is made from both ids,
so that no table of pairs has to be kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_WRITTEN = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_KEPT = 10  # bytes: the time and most of the random part that follows it


@dataclass(frozen=True, slots=True)
class Remapping:
    """From the ids of the files to those of the rows. `rows` are all ids in the files; empty when each stays."""

    old: UUID
    new: UUID
    rows: frozenset[UUID]

    def key(self, value: UUID) -> UUID:
        """For a column that holds an id. What is no id of these files stays what it is."""
        if value == self.old:
            return self.new
        return self._moved(value) if value in self.rows else value

    def words(self, value: Any) -> Any:
        """For texts and JSON: every id that is written in it, at any depth, as the evidence of a summary names rows."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self._text(name): self.words(part) for name, part in value.items()}
        return [self.words(part) for part in value] if isinstance(value, list) else value

    def _text(self, value: str) -> str:
        return _WRITTEN.sub(lambda found: str(self.key(UUID(found.group()))), value)

    def _moved(self, value: UUID) -> UUID:
        end = hashlib.sha256(self.new.bytes + value.bytes).digest()[: 16 - _KEPT]
        return UUID(bytes=value.bytes[:_KEPT] + end)
