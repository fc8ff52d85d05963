"""The plans behind a case, as the server really ran them: auto_explain writes them to its log, which is read here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import asyncpg
from instance import Side
from measuring import Case
from sqlalchemy import make_url

_ON = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "on",
}


async def explain(cases: Sequence[Case], small: Side, large: Side, *, log: Path) -> str:
    """Both sides of each case, once more, with EXPLAIN (ANALYZE, BUFFERS) of every statement that they sent."""
    parts = []
    for one in (small, large):
        await _turn(one, on=True)
    for case in cases:
        for which, act in (("base", case.base), ("other", case.over)):
            before = len(_written(log))
            await act()
            plans = _written(log)[before:].decode("utf-8", "replace")
            parts.append(f"==== {case.name} ({case.what}), {which}\n{plans}")
    for one in (small, large):
        await _turn(one, on=False)
    return "\n".join(parts)


def _written(log: Path) -> bytes:
    return log.read_bytes()


async def _turn(one: Side, *, on: bool) -> None:
    """Only a superuser may turn it on, and only for sessions to come: so the pools begin anew."""
    connection = await asyncpg.connect(one.owner_url)
    try:
        database = make_url(one.owner_url).database
        for name, value in _ON.items():
            await connection.execute(
                f"ALTER DATABASE {database} " + (f"SET {name} = '{value}'" if on else f"RESET {name}")
            )
    finally:
        await connection.close()
    await one.app.engine.dispose()
