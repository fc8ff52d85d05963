"""What can be wrong with files that came from elsewhere. Nothing of them is kept then."""

from __future__ import annotations

from aipromote.errors import AipromoteError, InvalidInput


class ExportFailed(AipromoteError):
    """Nothing was exported, and no part of it is left."""


class ImportRefused(InvalidInput):
    """The files do not fit. Says which file, row and column, and why; nothing was imported."""


def refused(file: str, reason: str, *, row: int | None = None, column: str | None = None) -> ImportRefused:
    """An ImportRefused that names the place. Rows count from 1, as editors count lines."""
    place = file + (f", row {row}" if row is not None else "") + (f", column {column}" if column else "")
    return ImportRefused(f"{place}: {reason} Nothing was imported.", field=column)
