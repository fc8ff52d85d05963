"""Letting texts of earlier versions follow the plan."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.cli.strategy.acting import act
from aipromote.organizations.queries import Place
from aipromote.scheduling import actions
from aipromote.scheduling.actions import Replanned
from aipromote.scheduling.replanning import Fate


def run(
    person: str, organization: str | None, *, preview: bool, everything: bool, data: Path | None, as_json: bool
) -> None:
    """Do it, or say what it would do."""

    async def work(session: AsyncSession, actor: Actor, place: Place) -> list[Replanned]:
        return await actions.replan(
            session, actor, organization_id=place.organization_id, preview=preview, everything=everything
        )

    rows = act(person, organization, work, data=data)
    if as_json:
        sys.stdout.write(json.dumps([_facts(row) for row in rows]) + "\n")
        return
    console = Console(highlight=False)
    for row in rows:
        console.print(f"{_words(row, preview=preview)}  {row.piece.platform.label} {row.piece.planned_for}  "
                      f"{' '.join(row.piece.body.split())[:60]}", markup=False, soft_wrap=True)  # fmt: skip
        console.print(f"    {row.problem or row.why}", markup=False, soft_wrap=True)
    if not rows:
        console.print("Every text has its place in the plan.")


def _words(row: Replanned, *, preview: bool) -> str:
    what = {Fate.MOVE: f"to {row.to}", Fate.ARCHIVE: "archive", Fate.LEAVE: "left", Fate.KEEP: "kept"}[row.fate]
    if row.done:
        return f"done: {what}"
    return f"you decide: {what}" if row.needs_person else f"{'would' if preview else 'not done'}: {what}"


def _facts(row: Replanned) -> dict[str, object]:
    return {
        "piece_id": str(row.piece.id),
        "fate": row.fate.value,
        "to": row.to.isoformat() if row.to else None,
        "needs_person": row.needs_person,
        "posts": [str(post.id) for post in row.posts],
        "why": row.why,
        "done": row.done,
        "problem": row.problem,
    }
