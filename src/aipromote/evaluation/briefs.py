"""The set of briefs: different languages, stages, trades, lengths and traps."""

from __future__ import annotations

from importlib.resources import files

from aipromote.documents.brief import Brief
from aipromote.documents.brief.file import read_brief


def all_briefs() -> dict[str, Brief]:
    """The briefs by their names, in alphabetical order."""
    found = [entry for entry in files("aipromote.evaluation").joinpath("set").iterdir() if entry.name.endswith(".yaml")]
    return {
        entry.name.removesuffix(".yaml"): read_brief(entry.read_bytes(), source=entry.name)
        for entry in sorted(found, key=lambda entry: entry.name)
    }
