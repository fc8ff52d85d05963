"""The files of an export: their names, and the manifest that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MANIFEST, README = "manifest.json", "README.md"
ROWS = "rows/{table}.jsonl"
SHEETS: Mapping[str, str] = {
    "scheduled_posts": "sheets/posts.csv",
    "content_pieces": "sheets/pieces.csv",
    "analytics": "sheets/metrics.csv",
}
"""Tables that also travel as CSV, for people; an import does not read them."""
FILES = "files/"

_Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFacts(_Facts):
    """Size in bytes, SHA-256 in hex, and for rows how many."""

    size: int = Field(ge=0)
    sha256: _Hash
    rows: int | None = Field(None, ge=0)


class Manifest(_Facts):
    """What there is, so that nothing is missing unnoticed and nothing more is read."""

    format: Literal["aipromote-organization/1"] = "aipromote-organization/1"
    product: str
    schema_revision: str
    made_at: datetime
    organization_id: UUID
    name: str
    files: Mapping[str, FileFacts]
    """By name, all but the manifest itself."""
    left_out: Mapping[str, str]

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum(facts.rows or 0 for facts in self.files.values())


README_TEXT = """\
# {name}

Everything that AIPromote kept for {name}, as of {made_at:%Y-%m-%d %H:%M} UTC.

- `rows/`: one file for each table, one JSON object in each line. Times are UTC, bytes are hexadecimal. Columns that
  point to a person say only whether there was one (`true`).
- `sheets/`: posts, pieces and metrics once more, as CSV for spreadsheets. A text that a spreadsheet could take for a
  formula begins with an apostrophe.
- `files/`: the pictures and documents, each named by the SHA-256 of its content.
- `manifest.json`: every file with its size and SHA-256.

Not in here: {left_out}. No password, access token or key is in these files.

To bring it into another instance: `aipromote import FILE --owner EMAIL`. It becomes an organization of that person, its
accounts have to be connected again, and nothing is published until somebody lets it go on.
"""
