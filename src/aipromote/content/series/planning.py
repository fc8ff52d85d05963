"""Planning a series: what a brief gives for it, on which days its parts would stand, and making it so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.offline.series.templates import FEWEST, USUAL, Offer, Template, offer
from aipromote.ai.offline.series.words import words_for
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.brand import queries as brand
from aipromote.content.models import Series
from aipromote.content.series import queries
from aipromote.content.series.beginning import begin
from aipromote.content.series.calendar import Day, days
from aipromote.content.series.models import SeriesPart
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

MOST_PARTS = 12
_AHEAD = timedelta(days=366)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Offered:
    """A template as this organization can have it."""

    name: str
    usual: int
    offer: Offer


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """A part before it is made: its day, what it is called, and the sentence that it is about."""

    number: int
    day: Day
    label: str
    role: str
    lead: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What planning would make."""

    template: Template
    name: str
    platform: Platform
    cadence: str
    parts: list[PlannedPart]
    missing: tuple[str, ...]


async def templates(session: AsyncSession, *, organization_id: UUID) -> list[Offered]:
    """Every template, with the parts that the brief and the facts give for it today."""
    organization = await organizations.organization(session, organization_id=organization_id)
    facts = await brand.facts(session, organization_id=organization_id)
    brief, day = organization.brief, clock.now().date()
    names = words_for(brief.languages[0]).names
    return [
        Offered(names[one].format(name=brief.name), USUAL[one], offer(one, brief, facts, day=day)) for one in Template
    ]


async def preview(
    session: AsyncSession,
    *,
    organization_id: UUID,
    template: Template,
    platform: Platform,
    start: date,
    weekdays: Collection[int],
    parts: int | None = None,
) -> Preview:
    """The dated parts with their themes; days that are taken are shown and avoided. Changes nothing.

    Raises InvalidInput for choices that make no series, and Conflict where the brief gives too little for it.
    """
    organization = await organizations.organization(session, organization_id=organization_id)
    zone = await organizations.time_zone(session, organization_id=organization_id)
    chosen = sorted(set(weekdays))
    if not chosen or not set(chosen) <= set(range(7)):
        raise InvalidInput("Choose at least one weekday.", field="weekday")
    if start < clock.now().astimezone(zone).date():
        raise InvalidInput("A series begins today or later.", field="start")
    if start > clock.now().astimezone(zone).date() + _AHEAD:
        raise InvalidInput("A series begins within a year.", field="start")
    if parts is not None and not FEWEST <= parts <= MOST_PARTS:
        raise InvalidInput(f"A series has {FEWEST} to {MOST_PARTS} parts.", field="parts")
    facts = await brand.facts(session, organization_id=organization_id)
    brief = organization.brief
    given = offer(template, brief, facts, day=start, parts=parts)
    if not given.is_possible:
        raise Conflict(f"Your brief gives too little for this series. Add {_listed(given.missing)}.")
    words = words_for(brief.languages[0])
    taken = await queries.occupied(session, organization_id=organization_id, platform=platform, start=start)
    dated = days(start, chosen, len(given.ideas), taken)
    planned = [
        PlannedPart(number, day, words.roles.get(idea.role, ""), idea.role, idea.lead)
        for number, (idea, day) in enumerate(zip(given.ideas, dated, strict=True), 1)
    ]
    known = await queries.names(session, organization_id=organization_id)
    name = _free(words.names[template].format(name=brief.name)[:150], platform, known)
    return Preview(template, name, platform, ", ".join(WEEKDAYS[day] for day in chosen), planned, given.missing)


async def plan(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    template: Template,
    platform: Platform,
    start: date,
    weekdays: Collection[int],
    parts: int | None = None,
    by_worker: bool = False,
) -> Series:
    """Make the series that `preview` shows. Parts of the next two weeks are written at once, later ones by and by.

    `by_worker`: a worker writes them, since a model takes its time.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    await organizations.lock(session, organization_id=organization_id)  # two plans at once would take the same days
    shown = await preview(
        session,
        organization_id=organization_id,
        template=template,
        platform=platform,
        start=start,
        weekdays=weekdays,
        parts=parts,
    )
    series = Series(
        organization_id=organization_id,
        name=shown.name,
        platform=platform,
        cadence=shown.cadence,
        total_posts=len(shown.parts),
        start_date=shown.parts[0].day.day,
        end_date=shown.parts[-1].day.day,
    )
    session.add(series)
    await session.flush()
    for part in shown.parts:
        session.add(
            SeriesPart(
                organization_id=organization_id,
                series_id=series.id,
                number=part.number,
                planned_for=part.day.day,
                role=part.role,
                lead=part.lead[:2000],
            )
        )
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="series.planned",
        subject="series",
        subject_id=series.id,
        detail=Detail(after={"name": series.name, "posts": len(shown.parts), "start": start}),
    )
    await session.flush()
    await begin(session, actor, series=series, by_worker=by_worker)
    return series


def _free(name: str, platform: Platform, taken: Collection[str]) -> str:
    """The name, or with its platform, or numbered: names are unique."""
    options = [name, f"{name} · {platform.label}"]
    options += [f"{name} · {platform.label} {number}" for number in range(2, len(taken) + 3)]
    return next(option for option in options if option not in taken)


def _listed(missing: Collection[str]) -> str:
    return ", ".join(missing) or "pain points, differentiators or facts"
