"""The table of contents, sealed with the rest: what a restore has to come to, row for row and file for file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aipromote.backup.errors import BackupUnusable
from aipromote.db import revision

DUMP, MANIFEST, KEYS, FILES = "database.dump", "manifest.json", "keys.json", "assets/"
"""Names of the members; the files of assets are `assets/<storage key>`."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableFacts(_Facts):
    """How many rows, and a sum over them that does not depend on their order."""

    rows: int = Field(ge=0)
    content: str


class FileFacts(_Facts):
    """Size in bytes, and SHA-256 in hex."""

    size: int = Field(ge=0)
    sha256: str


class Manifest(_Facts):
    """Everything about one backup that can be known without restoring it."""

    format: Literal[1] = 1
    product: str
    made_at: datetime
    """The moment of the snapshot, by the product's clock."""
    schema_revision: str
    server_version: str
    server_major: int
    tables: Mapping[str, TableFacts]
    dump: FileFacts
    files: Mapping[str, FileFacts]
    """By storage key."""
    missing: tuple[str, ...] = ()
    """Storage keys of assets whose file was lost before the backup."""
    elsewhere: int = 0
    """How many assets have their file in a bucket, which is not part of this backup."""
    key_ids: tuple[str, ...] = ()
    """The keys of the ring that stored tokens need. Never the keys."""
    has_keys: bool = False

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def file_bytes(self) -> int:
        """Of all assets."""
        return sum(file.size for file in self.files.values())


def parse(data: bytes) -> Manifest:
    """From the member's bytes; BackupUnusable where this release cannot restore what it describes."""
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as unfit:
        raise BackupUnusable(
            "This backup's table of contents has another form than this release knows. Update AIPromote."
        ) from unfit
    if manifest.schema_revision > revision.head():
        raise BackupUnusable(
            f"This backup has schema {manifest.schema_revision}; this release knows schemas up to {revision.head()}. "
            "Update AIPromote, then restore."
        )
    return manifest
