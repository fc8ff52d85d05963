"""Accepting, rejecting, editing, going back."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.cli.strategy.acting import act
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations.queries import Place
from aipromote.scheduling import actions as scheduling
from aipromote.strategy import actions, queries, reviewing
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import ChangeDecision, StrategyStatus


def accept(version: int, person: str, organization: str | None, *, only: Sequence[str], data: Path | None) -> None:
    """The whole proposal, or some of its changes."""

    async def work(session: AsyncSession, actor: Actor, place: Place) -> tuple[AIStrategy, int]:
        row = await queries.by_version(session, organization_id=place.organization_id, version=version)
        mine: dict[str, Any] = {"organization_id": place.organization_id, "strategy_id": row.id}
        if only:
            made = await _some(session, actor, row, only)
        elif row.status is StrategyStatus.ARCHIVED:
            raise Conflict(f"Version {version} was active before. Say why you go back: aipromote strategy rollback.")
        else:
            made = await actions.accept(session, actor, **mine)
        return made, await _follow(session, actor, place)

    _told(*act(person, organization, work, data=data))


def reject(version: int, person: str, organization: str | None, *, data: Path | None) -> None:
    """Set it aside."""

    async def work(session: AsyncSession, actor: Actor, place: Place) -> AIStrategy:
        row = await queries.by_version(session, organization_id=place.organization_id, version=version)
        return await actions.reject(session, actor, organization_id=place.organization_id, strategy_id=row.id)

    act(person, organization, work, data=data)
    sys.stdout.write(f"Version {version} is rejected. What was active stays active.\n")


def edit(
    version: int, changes: Sequence[str], person: str, organization: str | None, *, adjust: bool, data: Path | None
) -> None:
    """Change fields, given as PATH=VALUE; a value that is JSON is taken as such, any other one as text."""
    edits = dict(_parted(change) for change in changes)

    async def work(session: AsyncSession, actor: Actor, place: Place) -> AIStrategy:
        row = await queries.by_version(session, organization_id=place.organization_id, version=version)
        return await actions.edit(
            session, actor, organization_id=place.organization_id, strategy_id=row.id, edits=edits, adjust=adjust
        )

    made = act(person, organization, work, data=data)
    sys.stdout.write(
        f"Saved as version {made.version}. `aipromote strategy accept {made.version}` makes it the plan.\n"
    )


def go_back(version: int, reason: str, person: str, organization: str | None, *, data: Path | None) -> None:
    """To a version that was active before."""

    async def work(session: AsyncSession, actor: Actor, place: Place) -> tuple[AIStrategy, int]:
        row = await queries.by_version(session, organization_id=place.organization_id, version=version)
        mine: dict[str, Any] = {"organization_id": place.organization_id, "strategy_id": row.id}
        made = await actions.go_back(session, actor, **mine, reason=reason)
        return made, await _follow(session, actor, place)

    _told(*act(person, organization, work, data=data))


async def _some(session: AsyncSession, actor: Actor, row: AIStrategy, only: Sequence[str]) -> AIStrategy:
    review = await reviewing.review(session, organization_id=row.organization_id, strategy_id=row.id)
    if review.base is None:
        raise Conflict("No version is active yet, so there is nothing to take changes into. Accept it as a whole.")
    mine: dict[str, Any] = {
        "organization_id": row.organization_id,
        "strategy_id": row.id,
        "base_id": review.base.id,
    }
    said = {one.group.key: ChangeDecision.REJECTED for one in review.groups} | dict.fromkeys(
        only, ChangeDecision.ACCEPTED
    )
    await actions.decide(session, actor, **mine, decisions=said)
    return await actions.conclude(session, actor, **mine)


async def _follow(session: AsyncSession, actor: Actor, place: Place) -> int:
    """How many texts wait for a re-plan."""
    mine: dict[str, Any] = {"organization_id": place.organization_id}
    await scheduling.follow_plan(session, actor, **mine)
    return len(await scheduling.replan(session, actor, **mine, preview=True))


def _told(made: AIStrategy, waiting: int) -> None:
    sys.stdout.write(f"Version {made.version} is the plan now.\n")
    if waiting:
        what = "1 text" if waiting == 1 else f"{waiting} texts"
        sys.stdout.write(f"{what} of earlier versions: see `aipromote strategy replan --preview`. Nothing was moved.\n")


def _parted(change: str) -> tuple[str, Any]:
    """A name in brackets may hold an equals sign: the value begins behind the brackets."""
    at = change.find("=", change.rfind("]=" if "]." not in change else "].") + 1)
    if at <= 0:
        example = "positioning.brief=… or content_pillars[Name].share=40"
        raise InvalidInput(f"{change!r} is not PATH=VALUE, such as {example}.")
    path, value = change[:at], change[at + 1 :]
    try:
        return path, json.loads(value)
    except ValueError:
        return path, value
