"""What `prepare` found and uploaded, as the one text that is kept between the calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aipromote.connectors.contract import Part

Blob = dict[str, Any]
"""The server's own reference to a file, given back to it as it is."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Files as the server refers to them, in the order of the part; accounts that the text names, by their handles.

    While the video service works on a file there is a `job` instead of its blob.
    """

    blobs: tuple[Blob, ...] = ()
    mentions: Mapping[str, str] = field(default_factory=dict)
    job: str | None = None

    @classmethod
    def read(cls, handle: str | None) -> Self | None:
        """What `written` wrote; None where that is not what it is."""
        try:
            told = json.loads(handle or "")
            return cls(tuple(told["blobs"]), dict(told["mentions"]), told["job"])
        except (ValueError, KeyError, TypeError):
            return None

    def written(self) -> str:
        """For `Prepared.handle`: at most 2,000 characters with four pictures and ten mentions."""
        told = {"blobs": self.blobs, "mentions": self.mentions, "job": self.job}
        return json.dumps(told, separators=(",", ":"))

    def has_files_of(self, part: Part) -> bool:
        """Whether every file of the part is there."""
        return self.job is None and len(self.blobs) == len(part.media)
