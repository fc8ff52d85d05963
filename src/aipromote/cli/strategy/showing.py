"""What versions there are, what one says, and what differs between two."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.cli.strategy.acting import act
from aipromote.organizations.queries import Place
from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy, StrategyOrigin
from aipromote.strategy.plans import wording
from aipromote.strategy.plans.changes import Change, diff
from aipromote.strategy.plans.groups import Group, groups


def versions(person: str, organization: str | None, *, data: Path | None, as_json: bool) -> None:
    """All of them."""

    async def work(session: AsyncSession, _: Actor, place: Place) -> list[tuple[AIStrategy, StrategyOrigin | None]]:
        rows = await queries.versions(session, organization_id=place.organization_id)
        origins = await queries.origins(session, organization_id=place.organization_id)
        return [(row, origins.get(row.id)) for row in rows]

    found = act(person, organization, work, data=data)
    numbers = {row.id: row.version for row, _ in found}
    facts = [
        {
            "version": row.version,
            "id": str(row.id),
            "status": row.status.value,
            "created_at": row.created_at.isoformat(),
            "written_by": row.generated_by,
            "made_by": origin.author if origin else None,
            "from_version": numbers.get(origin.parent_id) if origin else None,
        }
        for row, origin in found
    ]
    if as_json:
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    table = Table("version", "state", "made", "by")
    for one in facts:
        by = (
            f"{one['made_by']}, from version {one['from_version']}" if one["made_by"] else str(one["written_by"] or "–")
        )
        table.add_row(
            str(one["version"]), str(one["status"]).lower(), str(one["created_at"])[:16].replace("T", " "), by
        )
    Console(highlight=False).print(table)


def show(version: int, person: str, organization: str | None, *, data: Path | None, as_json: bool) -> None:
    """One of them."""

    async def work(session: AsyncSession, _: Actor, place: Place) -> AIStrategy:
        return await queries.by_version(session, organization_id=place.organization_id, version=version)

    row = act(person, organization, work, data=data)
    document = queries.document(row)
    if as_json:
        sources = None if row.sources is None else [one.model_dump(mode="json") for one in row.sources]
        facts = document.model_dump(mode="json", by_alias=True) | {"sources": sources}
        sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
        return
    _say(f"Version {row.version}, {row.status.lower()}: {document.positioning.primary_message}")
    _say(document.positioning.brief)
    for pillar in document.content_pillars:
        _say(f"  {pillar.share:>3} %  {pillar.name}")
    for channel in document.channel_plan:
        times = ", ".join(channel.best_times)
        _say(f"  {channel.platform.label}: {channel.role}, {channel.posts_per_week} a week, {times}")
    _say(f"  {len(document.calendar_skeleton)} posts in ninety days")
    if row.sources:
        _say("Written from:")
        for one in row.sources:
            _say(f"  {_line(one.source)}: “{_line(one.quote)}”")


def diff_(before: int, after: int, person: str, organization: str | None, *, data: Path | None, as_json: bool) -> None:
    """Between two of them."""

    async def work(session: AsyncSession, _: Actor, place: Place) -> list[Group]:
        mine = place.organization_id
        old, new = [
            queries.document(await queries.by_version(session, organization_id=mine, version=number))
            for number in (before, after)
        ]
        return groups(old, new, diff(old, new))

    found = act(person, organization, work, data=data)
    if as_json:
        rows = [
            {"group": group.key, "why": list(group.why), "path": change.path, **change.model_dump(mode="json")}
            for group in found
            for change in group.changes
        ]
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    if not found:
        _say(f"Version {after} says the same as version {before}.")
    for group in found:
        _say(f"{group.key}  {group.title}")
        for why in group.why:
            _say(f"    together: {why}")
        for change in group.changes:
            _say(f"    {change.label}: {_values(change)}")


def _values(change: Change) -> str:
    before, after = (
        wording.spoken(change.section, change.field, value).replace("\n", "; ")
        for value in (change.before, change.after)
    )
    if change.kind == "changed":
        return f"{before or '–'} → {after or '–'}"
    return f"{change.kind}: {after or before}"


def _line(words: str) -> str:
    # Words of files and their names: what would move the cursor or colour the terminal is left out.
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())


def _say(line: str) -> None:
    Console(highlight=False).print(line, markup=False, soft_wrap=True)
