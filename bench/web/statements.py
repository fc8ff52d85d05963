"""What each page asks of the database, as the server saw it: auto_explain writes the plans to its log, read here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aiohttp
from pages import Case, asked
from scene import Scene, connected

MOST = 12
"""Statements of one page."""
_ON = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "log_min_duration_statement": "0",
}
_RAN = re.compile(r"LOG:  duration: ([0-9.]+) ms  (?:execute|statement)")
_NOT_COUNTED = re.compile(r"(?:execute [^:]*|statement): (?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|;)")


async def count(scene: Scene, people: Mapping[str, aiohttp.ClientSession], cases: Sequence[Case]) -> str:
    """Ask each page once more, and count into the cases. Returns the plans of what missed its goal."""
    await _turn(scene, on=True)
    scene.serve()
    plans = []
    for case in cases:
        for name, http in people.items():
            await asked(http, scene.address + case.paths[name])  # the process is new, and so are its connections
            before = len(scene.log.read_bytes())
            await asked(http, scene.address + case.paths[name])
            written = scene.log.read_bytes()[before:].decode("utf-8", "replace")
            ran = [line for line in written.splitlines() if _RAN.search(line) and not _NOT_COUNTED.search(line)]
            case.statements[name] = len(ran)
            if case.verdict == "MISSED" or len(ran) > MOST:
                plans.append(f"==== {case.name}, {name}\n{written}")
    await _turn(scene, on=False)
    return "\n".join(plans)


async def _turn(scene: Scene, *, on: bool) -> None:
    """Only for sessions to come."""
    async with connected(scene.url) as connection:
        database = await connection.fetchval("SELECT current_database()")
        for name, value in _ON.items():
            change = f"SET {name} = '{value}'" if on else f"RESET {name}"
            await connection.execute(f'ALTER DATABASE "{database}" {change}')
