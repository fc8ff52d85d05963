"""`aipromote brief read`: from addresses and files to a table of what was found, and a brief with its sources."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aipromote import settings
from aipromote.cli.briefs.files import write_new
from aipromote.documents.brief import Brief, BriefError, Problem, validate_brief
from aipromote.documents.brief.annotated import dump_annotated
from aipromote.errors import InvalidInput
from aipromote.reading.addresses import Rules
from aipromote.reading.apart import MAX_FILE, read_file
from aipromote.reading.finding import find
from aipromote.reading.merging import LISTS, merged
from aipromote.reading.passages import Reading
from aipromote.reading.site import read_site
from aipromote.reading.suggestion import Suggestion

_SHOWN = 240


def run(sources: Sequence[str], *, out: Path | None, as_json: bool) -> None:
    """Read all of them, print what was found, and write the file if one is named."""
    if out is not None and out.exists():
        raise InvalidInput(f"{out} exists and is left as it is. Name a new file with --out.")
    readings, left_out = asyncio.run(_read(sources))
    found = find(readings)
    values, taken = merged({}, found)
    problems = _problems(values)
    if as_json:
        told = [one.model_dump(mode="json") for one in found]
        sys.stdout.write(json.dumps({"found": told, "brief": values, "left_out": left_out}, ensure_ascii=False) + "\n")
    else:
        _show(found, left_out, problems)
    if out is not None:
        write_new(out, _yaml(values, taken, found, problems))
        sys.stderr.write(f"Written to {out}. Read it, correct it, then: aipromote demo --brief {out}\n")


async def _read(sources: Sequence[str]) -> tuple[list[Reading], list[str]]:
    rules = Rules(loopback_is_open=settings.get().reading_loopback_unsafe)
    readings: list[Reading] = []
    left_out: list[str] = []
    for source in sources:
        path = Path(source)
        if re.match(r"https?://", source, re.IGNORECASE) or not path.exists():  # noqa: ASYNC240 -- nothing else runs here
            site = await read_site(source, rules=rules)
            readings += site.readings
            left_out += site.left_out
        else:
            readings.append(await read_file(_bytes(path), name=path.name))
    return readings, left_out


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror}).") from error


def _problems(values: dict[str, object]) -> tuple[Problem, ...]:
    try:
        validate_brief(values, source="brief")
    except BriefError as error:
        return error.problems
    return ()


def _show(found: list[Suggestion], left_out: list[str], problems: Sequence[Problem]) -> None:
    console = Console(highlight=False)
    table = Table("field", "value", "where, and in which words", box=None, padding=(0, 2, 1, 0))
    table.columns[0].no_wrap = True
    for one in found:
        shown = one.value if isinstance(one.value, str) else json.dumps(one.value, ensure_ascii=False)
        table.add_row(one.path, _plain(shown), _plain(f"{one.source}, {one.place} ({one.confidence}): “{one.quote}”"))
    console.print(table if found else "Nothing was found that a brief could say.")
    for line in (*left_out, *(f"To be filled in: {one.field}: {one.message}" for one in problems)):
        console.print(line, markup=False)


def _plain(text: str) -> str:
    """Text from elsewhere as a terminal may show it: no markup, no control sequences, not too long."""
    kept = "".join(char for char in text if char.isprintable())
    return (kept if len(kept) <= _SHOWN else kept[: _SHOWN - 1] + "…").replace("[", "\\[")


def _yaml(
    values: dict[str, object], taken: list[Suggestion], found: list[Suggestion], problems: Sequence[Problem]
) -> str:
    places: dict[str, int] = {}
    notes: dict[tuple[str | int, ...], str] = {}
    for one in taken:
        path: tuple[str | int, ...] = tuple(one.path.split("."))
        if one.path in LISTS:
            path = (*path, places.get(one.path, 0))
            places[one.path] = places.get(one.path, 0) + 1
        notes[path] = f"{one.confidence}: {one.source}, {one.place}: “{one.quote}”"
    others = [f"also found for {one.path}: {one.value} ({one.source})" for one in found if one not in taken]
    missing = [f"still to fill in: {one.field} {one.message}" for one in problems]
    head = [
        "What was found about this startup. Every value stands in the source named above it; nothing was added.",
        "Read each line before you use it, and delete what is not right: proof points become claims that posts make.",
        *missing,
        *others,
    ]
    ordered = {name: values[name] for name in Brief.model_fields if name in values}
    return dump_annotated(ordered, notes=notes, head=head)
