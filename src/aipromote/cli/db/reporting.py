"""`aipromote db report`."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import servers
from aipromote.db.reports import Report, collect

_LONGEST = 100
_SHOWN = 15


def report(*, data: Path | None, as_json: bool) -> None:
    """Print what PostgreSQL counted of statements, indexes and tables."""
    with servers(data) as config:
        found = asyncio.run(_collect(config.require("database_url")))
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), default=str) + "\n")
    else:
        _print(Console(highlight=False, markup=False), found)


async def _collect(url: str) -> Report:
    async with AsyncExitStack() as stack:
        owner = await connect(url)
        stack.push_async_callback(owner.close)
        others = []
        with suppress(asyncpg.PostgresError, OSError):  # only a second place to look
            other = await connect(make_url(url).set(database="postgres").render_as_string(hide_password=False))
            stack.push_async_callback(other.close)
            others.append(other)
        return await collect(owner, statistics=others)


def _print(console: Console, found: Report) -> None:
    console.print(f"Counted since {'the database was made' if found.since is None else _day(found.since)}.")
    if found.cache_hits is not None:
        console.print(f"{found.cache_hits:.1%} of all pages were read from PostgreSQL's own memory.")
    _print_slow(console, found)
    _print_indexes(console, found)
    _print_tables(console, found)


def _print_slow(console: Console, found: Report) -> None:
    if found.slow is None:
        console.print(f"\n{found.slow_hint}")
        return
    console.print("\nStatements that took the most time in all:")
    for one in found.slow:
        share = 0 if one.share is None else one.share
        text = one.query if len(one.query) <= _LONGEST else f"{one.query[:_LONGEST]}…"
        console.print(f"{share:6.1%}  {one.calls} times {one.mean_ms:.2f} ms, {one.rows} rows in all")
        console.print(f"        {text}", soft_wrap=True)


def _print_indexes(console: Console, found: Report) -> None:
    for one in found.duplicate:
        console.print(f"Index {one.name} on {one.table} ({_size(one.bytes)}) does what {one.covered_by} does too.")
    if found.unused:
        console.print("\nIndexes that no statement has used since then (a young or idle database uses few):")
        for one in found.unused[:_SHOWN]:
            console.print(f"  {one.name} on {one.table}, {_size(one.bytes)}")
        if len(found.unused) > _SHOWN:
            console.print(f"  and {len(found.unused) - _SHOWN} smaller ones (--json names all)")
    for key in found.unindexed:
        console.print(f"Foreign key {key.name} on {key.table} ({key.columns}) has no index.")
    if not found.duplicate and not found.unindexed:
        console.print("\nNo index repeats another, and every foreign key has one.")


def _print_tables(console: Console, found: Report) -> None:
    table = Table("table", "rows", "dead", "data", "indexes", "vacuumed", "analyzed", box=None, pad_edge=False)
    for one in found.tables[:_SHOWN]:
        counts = (str(one.live), f"{one.dead} (much)" if one.is_bloated else str(one.dead))
        sizes = (_size(one.table_bytes), _size(one.index_bytes))
        table.add_row(one.name, *counts, *sizes, _day(one.vacuumed_at), _day(one.analyzed_at))
    console.print(f"\nThe largest tables ({len(found.tables)} in all; rows are estimates):")
    console.print(table)
    for one in found.tables:
        if one.is_bloated:
            console.print(
                f"{one.name} has {one.dead} dead rows beside {one.live}: run VACUUM (ANALYZE) {one.name}, and look at "
                "`aipromote db health` for a transaction that has been open for long."
            )


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1024:  # noqa: PLR2004 -- what a kB has
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"


def _day(when: datetime | None) -> str:
    return "never" if when is None else f"{when:%Y-%m-%d %H:%M} UTC"
