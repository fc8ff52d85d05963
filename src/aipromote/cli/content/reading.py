"""`aipromote content list` and `show`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table

from aipromote.cli.content.reaching import id_of, platform_of, run
from aipromote.content import likeness, listing, queries
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.errors import InvalidInput

_LINE = 70
_FACTS = (
    "id", "platform", "status", "type", "revision", "title", "body", "parts", "hashtags", "hook", "cta", "theme",
    "planned_for", "scheduled_at", "published_at", "rationale", "confidence", "generated_by",
)  # fmt: skip


def listed(
    organization: str, *, status: str | None, platform: str | None, limit: int, data: Path | None, as_json: bool
) -> None:
    """Print the pieces, a line each."""
    wanted = listing.Wanted(_status(status), platform_of(platform) if platform else None)

    async def work(database: Database, key: UUID) -> list[ContentPiece]:
        async with database.transaction(key) as session:
            return (await listing.planned(session, organization_id=key, wanted=wanted, limit=limit)).rows

    rows = run(organization, work, data=data)
    if as_json:
        sys.stdout.write(json.dumps([facts(row) for row in rows], default=str) + "\n")
        return
    table = Table("id", "day", "network", "state", "text")
    for row in rows:
        day = str(row.planned_for or "")
        table.add_row(str(row.id), day, row.platform.label, row.status.lower(), first_line(row.body))
    Console(highlight=False).print(table if rows else "There are no such pieces.")


def show(piece: str, *, organization: str, data: Path | None, as_json: bool) -> None:
    """Print the text as it would be sent, then what there is to say about it."""
    wanted = id_of(piece)

    async def work(database: Database, key: UUID) -> dict[str, object]:
        async with database.transaction(key) as session:
            row = await queries.piece(session, organization_id=key, piece_id=wanted)
            findings = await queries.findings_for(session, row)
            texts = await queries.revisions(session, organization_id=key, piece_id=wanted)
            return facts(row) | {
                "findings": [f"{one.reason} ({one.severity})" for one in findings],
                "revisions": [f"{one.number} by {one.author}" for one in texts],
            }

    told = run(organization, work, data=data)
    if as_json:
        sys.stdout.write(json.dumps(told, default=str) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(str(told["body"]), markup=False)
    console.print()
    for name, value in told.items():
        if name not in {"body", "parts"} and value not in (None, [], ""):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            console.print(f"{name.replace('_', ' ')}: {shown}", markup=False)


def facts(row: ContentPiece) -> dict[str, object]:
    """What a program wants to know of a piece."""
    return {name: getattr(row, name) for name in _FACTS}


def first_line(text: str) -> str:
    """What stands in a table for a text."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _LINE else line[: _LINE - 1] + "…"


def _status(text: str | None) -> ContentStatus | None:
    try:
        return ContentStatus(text.upper()) if text else None
    except ValueError:
        known = ", ".join(one.value.lower() for one in ContentStatus)
        raise InvalidInput(f"There is no state {text}. States: {known}.") from None


def duplicates(organization: str, *, data: Path | None, as_json: bool) -> int:
    """Print each piece that repeats an earlier one. 1 where there are any, else 0."""

    async def work(database: Database, key: UUID) -> list[tuple[ContentPiece, likeness.Alike]]:
        async with database.transaction(key) as session:
            while await likeness.catch_up(session, organization_id=key):
                pass
            return await likeness.pairs(session, organization_id=key)

    found = run(organization, work, data=data)
    if as_json:
        told = [
            {"id": piece.id, "earlier": one.piece_id, "platform": one.platform, "likeness": round(one.likeness, 3)}
            for piece, one in found
        ]
        sys.stdout.write(json.dumps(told, default=str) + "\n")
        return 1 if found else 0
    table = Table("id", "network", "alike", "text", "says nearly the same as", "of")
    for piece, one in found:
        how = f"{one.likeness:.0%}"
        day = str(one.day or "")
        table.add_row(str(piece.id), piece.platform.label, how, first_line(piece.body), str(one.piece_id), day)
    Console(highlight=False).print(table if found else "No piece repeats an earlier one on the same network.")
    return 1 if found else 0
