"""From an address and some files to what they say: reading them, with all that may go wrong told in words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aipromote import settings
from aipromote.errors import AipromoteError
from aipromote.reading.addresses import Rules
from aipromote.reading.apart import read_file
from aipromote.reading.finding import Rules as FindingRules
from aipromote.reading.passages import Reading
from aipromote.reading.site import read_site
from aipromote.reading.suggestion import Extractor, Suggestion, verified

MAX_FILES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, what it suggests, and what could not be read."""

    readings: list[Reading]
    suggestions: list[Suggestion]
    problems: list[str]


async def read_all(
    address: str, files: Sequence[tuple[str, bytes]], *, extractors: Sequence[Extractor] = (FindingRules(),)
) -> Found:
    """Read the site and the files at the same time. No database is needed meanwhile: open no transaction around it.

    What cannot be read is told in `problems`, and so is an extractor that fails; the rest counts. Where several
    extractors find a value, the first one's counts. Takes at most 15 s for a site, 20 s for each file, and the
    extractors' time.
    """
    rules = Rules(loopback_is_open=settings.get().reading_loopback_unsafe)
    wanted = [_site(address, rules)] if address.strip() else []
    read = await asyncio.gather(*wanted, *(_file(name, content) for name, content in files[:MAX_FILES]))
    readings = [reading for found, _ in read for reading in found]
    problems = [problem for _, told in read for problem in told]
    suggestions: list[Suggestion] = []
    for extractor in extractors if readings else ():
        try:
            suggestions += await extractor.suggest(readings)
        except AipromoteError as problem:
            problems.append(f"What a language model would have found is missing, the rest is here. {problem.message}")
    if len(files) > MAX_FILES:
        problems.append(f"Only the first {MAX_FILES} files were read. Upload the others once more.")
    return Found(readings, await asyncio.to_thread(verified, suggestions, readings), problems)


async def _site(address: str, rules: Rules) -> tuple[list[Reading], list[str]]:
    try:
        site = await read_site(address, rules=rules)
    except AipromoteError as problem:
        return [], [problem.message]
    return site.readings, site.left_out


async def _file(name: str, content: bytes) -> tuple[list[Reading], list[str]]:
    try:
        return [await read_file(content, name=name)], []
    except AipromoteError as problem:
        return [], [problem.message]
