"""What the commands for series do."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.ai import writers
from aipromote.ai.offline.series.templates import Template
from aipromote.cli.check import platform_of
from aipromote.cli.instance import servers
from aipromote.cli.named import OPERATOR, inside
from aipromote.content import queries as content
from aipromote.content.models import ContentPiece, Series
from aipromote.content.series import actions, planning, queries
from aipromote.content.series.planning import WEEKDAYS, Offered, Preview
from aipromote.content.series.queries import PartAndPiece
from aipromote.errors import InvalidInput


def templates(*, organization: str | None, data: Path | None, as_json: bool) -> None:
    """List them."""

    async def work(session: AsyncSession, key: UUID) -> list[Offered]:
        return await planning.templates(session, organization_id=key)

    with servers(data) as config:
        found = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        told = [
            {
                "template": one.offer.template,
                "name": one.name,
                "is_possible": one.offer.is_possible,
                "parts": len(one.offer.ideas),
                "usual": one.usual,
                "missing": one.offer.missing,
            }
            for one in found
        ]
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    for one in found:
        many = f"{len(one.offer.ideas)} of {one.usual} parts" if one.offer.is_possible else "not yet"
        missing = f"; missing: {', '.join(one.offer.missing)}" if one.offer.missing else ""
        sys.stdout.write(f"{one.offer.template.value:22} {one.name}: {many}{missing}\n")


def plan(
    template: str,
    *,
    platform: str,
    start: str,
    on: Sequence[str],
    parts: int | None,
    yes: bool,
    organization: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Show what it would be, or make it."""
    wanted: dict[str, Any] = {
        "template": _template(template),
        "platform": platform_of(platform),
        "start": _day(start),
        "weekdays": [_weekday(name) for name in on],
        "parts": parts,
    }

    async def work(session: AsyncSession, key: UUID) -> tuple[Preview, Series | None]:
        shown = await planning.preview(session, organization_id=key, **wanted)
        if not yes:
            return shown, None
        return shown, await planning.plan(session, OPERATOR, organization_id=key, by_worker=by_worker, **wanted)

    by_worker = writers.asks_models(settings.get())
    with servers(data) as config:
        shown, made = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        told = [
            {"number": part.number, "day": str(part.day.day), "role": part.role, "lead": part.lead}
            | ({"instead_of": str(part.day.instead_of)} if part.day.instead_of else {})
            for part in shown.parts
        ]
        done = {"id": str(made.id) if made else None, "name": shown.name, "parts": told, "missing": shown.missing}
        sys.stdout.write(json.dumps(done, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{shown.name} · {shown.platform.label} · {shown.cadence}\n")
    for part in shown.parts:
        moved = f" (moved from {part.day.instead_of}: {part.day.occupied_by})" if part.day.instead_of else ""
        sys.stdout.write(f"{part.number:3}  {part.day.day}  {part.lead}{moved}\n")
    if shown.missing:
        sys.stdout.write(f"It would be longer with {', '.join(shown.missing)}.\n")
    if made and by_worker:
        sys.stdout.write("A worker writes the parts of the next two weeks.\n")
    sys.stdout.write(f"Planned: {made.id}\n" if made else "Nothing is planned yet: say it again with --yes.\n")


def list_(*, organization: str | None, data: Path | None, as_json: bool) -> None:
    """List them."""

    async def work(session: AsyncSession, key: UUID) -> list[Series]:
        return await content.series(session, organization_id=key)

    with servers(data) as config:
        found = asyncio.run(inside(config.require("database_url"), organization, work))
    if as_json:
        names = ("id", "name", "platform", "cadence", "status", "total_posts", "published_posts")
        told = [{name: getattr(one, name) for name in names} for one in found]
        sys.stdout.write(json.dumps(told, default=str, ensure_ascii=False) + "\n")
        return
    for one in found:
        done = f"{one.published_posts} of {one.total_posts} published"
        sys.stdout.write(f"{one.id}  {one.name} · {one.platform.label}: {one.status.lower()}, {done}\n")


def show(series: str, *, organization: str | None, data: Path | None, as_json: bool) -> None:
    """One with its parts."""
    chosen = _id(series)

    async def work(session: AsyncSession, key: UUID) -> tuple[Series, list[PartAndPiece]]:
        found = await queries.one(session, organization_id=key, series_id=chosen)
        return found, await queries.parts(session, organization_id=key, series_id=chosen)

    with servers(data) as config:
        found, parts = asyncio.run(inside(config.require("database_url"), organization, work))
    told = [
        {
            "number": one.part.number,
            "day": str(one.part.planned_for),
            "lead": one.part.lead,
            "piece": str(one.piece.id) if one.piece else None,
            "state": one.piece.status.value if one.piece else "to be written",
            "problem": one.part.problem,
        }
        for one in parts
    ]
    if as_json:
        done = {"id": str(found.id), "name": found.name, "status": found.status, "parts": told}
        sys.stdout.write(json.dumps(done, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{found.name} · {found.platform.label} · {found.status.lower()}\n")
    for row in told:
        sys.stdout.write(f"{row['number']:3}  {row['day']}  {row['problem'] or row['state']}  {row['lead']}\n")


def move(
    verb: Literal["pause", "resume", "cancel"], series: str, *, organization: str | None, data: Path | None
) -> None:
    """Let it rest, go on, or end."""
    chosen = _id(series)

    async def work(session: AsyncSession, key: UUID) -> tuple[Series, list[ContentPiece]]:
        if verb == "resume":
            by_worker = writers.asks_models(settings.get())
            mine = {"organization_id": key, "series_id": chosen}
            return await actions.resume(session, OPERATOR, **mine, by_worker=by_worker), []
        act = actions.pause if verb == "pause" else actions.cancel
        return await act(session, OPERATOR, organization_id=key, series_id=chosen)

    with servers(data) as config:
        found, scheduled = asyncio.run(inside(config.require("database_url"), organization, work))
    sys.stdout.write(f"{found.name} is {found.status.lower()}.\n")
    for piece in scheduled:
        sys.stdout.write(f"Still scheduled, and goes out unless you cancel it: part {piece.sequence_no} ({piece.id})\n")


def _template(text: str) -> Template:
    try:
        return Template(text.lower())
    except ValueError:
        raise InvalidInput(f"There is no template {text}. Templates: {', '.join(Template)}.") from None


def _weekday(text: str) -> int:
    known = [name.lower() for name in WEEKDAYS]
    if text.lower()[:3] not in known:
        raise InvalidInput(f"{text} is no weekday. Weekdays: {', '.join(known)}.")
    return known.index(text.lower()[:3])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text} is not a day. Write it as 2027-12-31.") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{text} is not the id of a series. `aipromote series list` shows the ids.") from None
