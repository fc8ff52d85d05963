"""Advice that was taken becomes a proposal, where it says something that a plan holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from aipromote.accounts.actor import SYSTEM
from aipromote.coach import actions, proposing
from aipromote.coach.models import WeeklySummary
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.learning import Evidence, Recommendation
from aipromote.errors import Conflict, NotAllowed, NotFound
from aipromote.strategy import queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import OriginKind, StrategyStatus
from factories import organizations, strategy
from factories.organizations import Startup

MONDAY = date(2026, 11, 16)


def _advice(trait: str, gap: float) -> Recommendation:
    seen = Evidence(statement="They differ.", metric="engagement_rate.difference", value=gap, sample=20)
    return Recommendation(id=f"{trait}:{new_id()}", change="Plan more.", reason="They differ.", evidence=[seen])


async def _taken(database: Database, startup: Startup, *advice: Recommendation) -> AIStrategy | None:
    mine = {"organization_id": startup.id, "week_start": MONDAY}
    async with database.transaction(startup.id) as session:
        row = WeeklySummary(
            **mine, id=new_id(), week_end=MONDAY + timedelta(days=6), report_md="A week.", recommendations=list(advice)
        )
        session.add(row)
    async with database.transaction(startup.id) as session:
        assert await proposing.propose(session, startup.owner, **mine) is None  # nobody has accepted it yet
        await actions.accept(session, startup.owner, **mine)
        return await proposing.propose(session, startup.owner, **mine)


async def test_advice_about_pillars_is_a_small_step_that_a_person_decides_on(database: Database) -> None:
    startup = await organizations.organization(database)
    active = await strategy.active(database, startup)
    made = await _taken(database, startup, _advice("pillar.Bread", -0.02), _advice("hook.question", 0.03))
    assert made is not None
    assert (made.status, [one.share for one in made.content_pillars]) == (StrategyStatus.PROPOSED, [45, 33, 22])
    async with database.transaction(startup.id) as session:
        origin = await queries.origin(session, organization_id=startup.id, strategy_id=made.id)
    assert origin is not None
    assert (origin.parent_id, origin.kind, origin.note) == (
        active.id,
        OriginKind.ADVISED,
        "From the letter about the week of 2026-11-16.",
    )


@pytest.mark.parametrize("traits", [["hook.question"], ["pillar.Cake"], []])
async def test_advice_that_no_plan_holds_proposes_nothing(database: Database, traits: list[str]) -> None:
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    assert await _taken(database, startup, *(_advice(trait, 0.03) for trait in traits)) is None
    async with database.transaction(startup.id) as session:
        assert len(await queries.versions(session, organization_id=startup.id)) == 1


async def test_rejected_advice_is_left_out_of_what_is_accepted(database: Database) -> None:
    startup = await organizations.organization(database)
    await strategy.active(database, startup)
    mine = {"organization_id": startup.id, "week_start": MONDAY}
    less, more = _advice("pillar.Bread", -0.02), _advice("pillar.Craft", 0.03)
    async with database.transaction(startup.id) as session:
        session.add(
            WeeklySummary(
                **mine,
                id=new_id(),
                week_end=MONDAY + timedelta(days=6),
                report_md="A week.",
                recommendations=[less, more],
            )
        )
    async with database.transaction(startup.id) as session:
        with pytest.raises(NotAllowed, match="Only a person"):
            await actions.reject(session, SYSTEM, **mine, recommendation=less.id)
        with pytest.raises(NotFound):
            await actions.reject(session, startup.owner, **mine, recommendation="r-unknown")
        await actions.reject(session, startup.owner, **mine, recommendation=less.id)
        with pytest.raises(Conflict, match="decided on already"):
            await actions.reject(session, startup.owner, **mine, recommendation=less.id)
    async with database.transaction(startup.id) as session:
        accepted = await actions.accept(session, startup.owner, **mine)
        assert [one.status.value for one in accepted.recommendations or []] == ["rejected", "accepted"]
