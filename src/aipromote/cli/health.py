"""`aipromote health` and `aipromote incidents`: how the product is now, and what was wrong with it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from aipromote import settings
from aipromote.cli import looking
from aipromote.cli.instance import home_path, servers
from aipromote.db.database import Database
from aipromote.embedded.home import running
from aipromote.monitoring import queries
from aipromote.monitoring.models import Incident
from aipromote.monitoring.report import Report, red
from aipromote.monitoring.words import duration, moment


def health(*, data: Path | None, as_json: bool) -> int:
    """Print every check. Returns 1 when one of them is red, or nothing runs."""
    console = Console(highlight=False)
    if running(home_path(data)) is None and not settings.get().names_servers_and_keys:
        said = "AIPromote does not run on this data folder. Start it: `aipromote up`."
        if as_json:
            sys.stdout.write(json.dumps({"healthy": False, "reasons": [said], "checks": []}) + "\n")
        else:
            console.print(said, markup=False, soft_wrap=True)
        return 1
    with servers(data):
        found = asyncio.run(looking.look("aipromote health"))
    if as_json:
        sys.stdout.write(json.dumps(_document(found)) + "\n")
    else:
        looking.show(console, found.checks)
        wrong = len(red(found.checks))
        console.print("\nAll is well." if not wrong else f"\n{wrong} of {len(found.checks)} checks are red.")
    return 1 if found.is_red else 0


def incidents(*, data: Path | None, as_json: bool) -> None:
    """Print the latest incidents, those that are open first."""
    with servers(data):
        found = asyncio.run(_incidents())
    if as_json:
        sys.stdout.write(json.dumps([_facts(one) for one in found], default=str) + "\n")
        return
    console = Console(highlight=False)
    for one in found:
        mark = "[red]open[/red]" if one.closed_at is None else f"for {duration(_seconds(one))}"
        console.print(f"{moment(one.opened_at)}  {mark}  [bold]{one.kind} {one.subject}[/bold]", soft_wrap=True)
        console.print(f"    {one.words.partition(chr(10))[0]}", markup=False, soft_wrap=True)
        console.print(f"    {_told(one)}", markup=False, soft_wrap=True)
    if not found:
        console.print("There was no incident.")


def _document(found: Report) -> dict[str, Any]:
    return {
        "healthy": not found.is_red,
        "reasons": [check.said for check in red(found.checks)],
        "checks": [check.as_dict() for check in found.checks],
    }


async def _incidents() -> list[Incident]:
    database = Database.from_settings("aipromote incidents", pool_size=1)
    try:
        async with database.transaction() as session:
            return await queries.incidents(session)
    finally:
        await database.close()


def _seconds(incident: Incident) -> float:
    return ((incident.closed_at or incident.seen_at) - incident.opened_at).total_seconds()


def _told(incident: Incident) -> str:
    if incident.opening_told_at is None:
        return f"Nobody was told yet. {incident.telling_error or ''}".strip()
    if incident.closed_at is not None and incident.closing_told_at is None:
        return f"That it is over was not told yet. {incident.telling_error or ''}".strip()
    return f"Told at {moment(incident.opening_told_at)}."


def _facts(incident: Incident) -> dict[str, Any]:
    names = ("id", "kind", "subject", "words", "opened_at", "seen_at", "closed_at", "opening_told_at")
    return {name: getattr(incident, name) for name in (*names, "closing_told_at", "telling_error")}
