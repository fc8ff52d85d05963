"""`aipromote knowledge …`: what an organization knows about some words, with the sources, and how they are found."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aipromote.ai.providers.lineup import ModelName, embedding_model
from aipromote.cli.instance import servers
from aipromote.cli.named import beside
from aipromote.db import vectors as pgvector
from aipromote.db.database import Database
from aipromote.documents.passages import Passage
from aipromote.knowledge.asking import Answer, ask
from aipromote.knowledge.progress import Progress, progress

_WIDE = 160


def search(words: str, *, organization: str | None, limit: int, data: Path | None, as_json: bool) -> None:
    """Print the passages that answer, the best first."""

    async def work(database: Database, key: UUID) -> Answer:
        return await ask(database, organization_id=key, query=words, limit=limit)

    with servers(data) as config:
        answer = asyncio.run(beside(config.require("database_url"), organization, work))
    found = answer.passages
    if answer.note:
        sys.stderr.write(f"Found by words alone. {answer.note}\n")
    if as_json:
        sys.stdout.write(json.dumps([_told(passage) for passage in found], default=str, ensure_ascii=False) + "\n")
    elif not found:
        sys.stdout.write(
            "Nothing is known about that. Brief, facts, texts of files and published posts were looked through.\n"
        )
    else:
        Console(highlight=False).print(_table(found, with_ways=answer.by_meaning))


def status(*, organization: str | None, data: Path | None, as_json: bool) -> int:
    """Print how far it is. The exit code is 1 where something keeps it from going on."""
    with servers(data) as config:
        model = embedding_model(config)

        async def work(database: Database, key: UUID) -> _Status:
            return await _status(database, key, model)

        found = asyncio.run(beside(config.require("database_url"), organization, work))
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), default=str) + "\n")
    else:
        Console(highlight=False, soft_wrap=True).print(_words(found), markup=False)
    return 1 if found.remedy or found.error_message else 0


@dataclass(frozen=True, slots=True)
class _Status:
    """`model` None: none is set up. `remedy` says what to do where the database has no pgvector."""

    model: str | None
    remedy: str
    parts: int | None
    vectors: int
    others: int
    next_look_at: str | None
    error_message: str | None


async def _status(database: Database, key: UUID, model: ModelName | None) -> _Status:
    async with database.transaction(key) as session:
        found: Progress = await progress(session, organization_id=key, model=str(model or ""))
        remedy = "" if model is None or await pgvector.is_there(session) else await pgvector.remedy(session)
    next_look_at = found.next_look_at.isoformat(timespec="seconds") if found.next_look_at else None
    return _Status(
        str(model) if model else None,
        remedy,
        found.parts,
        found.vectors,
        found.others,
        next_look_at,
        found.error_message,
    )


def _words(found: _Status) -> str:
    if found.model is None:
        kept = f" {found.others:,} vectors are kept for when one is set up again." if found.others else ""
        return f"Passages are found by words. AIPROMOTE_AI_EMBEDDING_MODEL names no model for finding by meaning.{kept}"
    if found.remedy:
        return f"Passages are found by words: this database has no pgvector. {found.remedy}"
    lines = [f"Passages are found by words and by meaning, with {found.model}."]
    if found.parts is None:
        lines.append("The texts were not looked at yet: a worker does that within a minute of its start.")
    else:
        lines.append(f"{found.vectors:,} of {found.parts:,} texts have their vectors.")
    if found.others:
        lines.append(f"{found.others:,} vectors of another model are being replaced.")
    if found.error_message:
        lines.append(f"It does not go on: {found.error_message}")
    if found.next_look_at:
        lines.append(f"The next look is at {found.next_look_at}.")
    return "\n".join(lines)


def _table(found: list[Passage], *, with_ways: bool) -> Table:
    table = Table("", "passage", "source", "how it did", *(["found by"] if with_ways else []), show_lines=True)
    for number, passage in enumerate(found, 1):
        words = " ".join(passage.text.split())
        shown = words if len(words) <= _WIDE else words[: _WIDE - 1] + "…"
        source = passage.source + (" (expired)" if passage.expired else "")
        ways = [", ".join(passage.found_by)] if with_ways else []
        # Not strings: Rich would take "[/red]" of a document for a style.
        table.add_row(f"{number}", Text(shown), Text(source), Text(passage.outcome or ""), *ways)
    return table


def _told(passage: Passage) -> dict[str, Any]:
    return {**asdict(passage), "outcome": passage.outcome}
