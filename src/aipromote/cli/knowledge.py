"""`aipromote knowledge search`: what an organization knows about some words, with the sources."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.cli.instance import servers
from aipromote.cli.named import inside
from aipromote.documents.passages import Passage
from aipromote.knowledge import queries

_WIDE = 160


def search(words: str, *, organization: str | None, limit: int, data: Path | None, as_json: bool) -> None:
    """Print the passages that answer, the best first."""

    async def work(session: AsyncSession, key: UUID) -> list[Passage]:
        return await queries.find(session, organization_id=key, query=words, limit=limit)

    with servers(data) as config:
        found = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        sys.stdout.write(json.dumps([_told(passage) for passage in found], default=str, ensure_ascii=False) + "\n")
    elif not found:
        sys.stdout.write(
            "Nothing is known about that. Brief, facts, texts of files and published posts were looked through.\n"
        )
    else:
        Console(highlight=False).print(_table(found))


def _table(found: list[Passage]) -> Table:
    table = Table("", "passage", "source", "how it did", show_lines=True)
    for number, passage in enumerate(found, 1):
        words = " ".join(passage.text.split())
        shown = words if len(words) <= _WIDE else words[: _WIDE - 1] + "…"
        source = passage.source + (" (expired)" if passage.expired else "")
        # Not strings: Rich would take "[/red]" of a document for a style.
        table.add_row(f"{number}", Text(shown), Text(source), Text(passage.outcome or ""))
    return table


def _told(passage: Passage) -> dict[str, Any]:
    return {**asdict(passage), "outcome": passage.outcome}
