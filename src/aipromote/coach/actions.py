"""The verbs: write a week's summary, accept its advice, and reject some of it."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.coach import findings, queries
from aipromote.coach.advice import Advice, advise, comparisons
from aipromote.coach.letter import Letter, compose
from aipromote.coach.models import WeeklySummary
from aipromote.coach.queries import Material
from aipromote.coach.week import Week, spoken
from aipromote.db.base import new_id
from aipromote.documents.learning import RecommendationStatus
from aipromote.errors import Conflict, NotAllowed, NotFound
from aipromote.notifications.actions import Recipient, tell
from aipromote.notifications.told import Told
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role
from aipromote.publishing.states import PostStatus


async def write(session: AsyncSession, *, organization_id: UUID, week_start: date) -> WeeklySummary:
    """Write the summary of an ended week and tell the owners. A week that has one keeps it.

    Raises Conflict while the week is not over, NotFound without such an organization.
    """
    organization = await organizations.organization(session, organization_id=organization_id)
    week = Week(week_start, await organizations.time_zone(session, organization_id=organization_id))
    if week.end > clock.now():
        raise Conflict("This week is not over yet.")
    written = await queries.summary(session, organization_id=organization_id, week_start=week_start)
    if written is not None:
        return written
    material = await queries.material(session, organization_id=organization_id, week=week)
    seed = f"{organization_id}:{week_start}"
    # Thousands of shuffles: in a thread, so that the worker's heart goes on beating.
    advice = await asyncio.to_thread(advise, material.recent, seed=seed)
    letter = _letter(material, name=organization.name, advice=advice)
    is_new = await _keep(session, organization_id=organization_id, material=material, letter=letter, advice=advice)
    summary = await queries.summary(session, organization_id=organization_id, week_start=week_start)
    if summary is None:
        raise NotFound("There is no summary of this week.")
    if is_new:
        await _announce(session, summary, advice)
    return summary


async def accept(session: AsyncSession, actor: Actor, *, organization_id: UUID, week_start: date) -> WeeklySummary:
    """Take the week's advice: its open recommendations become accepted. Only a person may; nothing else changes here.

    Raises NotFound without such a summary, Conflict when it was accepted before.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if not actor.is_person:
        raise NotAllowed("Only a person can accept advice.")
    summary = await queries.summary(session, organization_id=organization_id, week_start=week_start, lock=True)
    if summary is None:
        raise NotFound("There is no summary of this week.")
    accepted = [
        one.model_copy(update={"status": RecommendationStatus.ACCEPTED})
        if one.status is RecommendationStatus.PROPOSED
        else one
        for one in summary.recommendations or []
    ]
    changed: WeeklySummary | None = await session.scalar(
        update(WeeklySummary)
        .where(
            WeeklySummary.organization_id == organization_id,
            WeeklySummary.id == summary.id,
            ~WeeklySummary.accepted,
        )
        .values(accepted=True, accepted_at=clock.now(), recommendations=accepted)
        .returning(WeeklySummary),
        execution_options={"populate_existing": True},
    )
    if changed is None:
        raise Conflict("The advice of this week was accepted already.")
    taken = Detail(after={"week_start": week_start, "recommendations": [one.change for one in accepted]})
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="letter.accepted",
        subject="weekly_summaries",
        subject_id=summary.id,
        detail=taken,
    )
    return changed


async def reject(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, week_start: date, recommendation: str
) -> WeeklySummary:
    """Decide against one recommendation, by its id: accepting the week's advice leaves it out. Only a person may.

    Raises NotFound without such a summary or recommendation, Conflict when it was decided on before.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    if not actor.is_person:
        raise NotAllowed("Only a person can reject advice.")
    summary = await queries.summary(session, organization_id=organization_id, week_start=week_start, lock=True)
    if summary is None:
        raise NotFound("There is no summary of this week.")
    advice = list(summary.recommendations or [])
    place = next((number for number, one in enumerate(advice) if one.id == recommendation), None)
    if place is None:
        raise NotFound("There is no such advice in the summary of this week.")
    if advice[place].status is not RecommendationStatus.PROPOSED:
        raise Conflict("This was decided on already.")
    advice[place] = advice[place].model_copy(update={"status": RecommendationStatus.REJECTED})
    summary.recommendations = advice
    await session.flush()
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="advice.rejected",
        subject="weekly_summaries",
        subject_id=summary.id,
        detail=Detail(after={"week_start": week_start, "recommendations": [advice[place].change]}),
    )
    return summary


def _letter(material: Material, *, name: str, advice: list[Advice]) -> Letter:
    return compose(
        material,
        name=name,
        went_out=findings.what_went_out(material),
        came_of_it=findings.what_came_of_it(material),
        against_before=findings.against_the_week_before(material),
        advice=advice,
        was_compared=bool(comparisons(material.recent)),
    )


async def _keep(
    session: AsyncSession, *, organization_id: UUID, material: Material, letter: Letter, advice: list[Advice]
) -> bool:
    """Store it; False when somebody else was first."""
    rates = findings.rates_of(material.published)
    top = findings.top_performer(material.published)
    stored = insert(WeeklySummary).values(
        organization_id=organization_id,
        id=new_id(),
        week_start=material.week.monday,
        week_end=material.week.sunday,
        report_md=letter.text,
        key_insights=letter.insights,
        recommendations=[one.recommendation for one in advice],
        total_posts=len(material.posts.get(PostStatus.PUBLISHED, [])),
        avg_engagement=sum(rates) / len(rates) if rates else None,
        top_performer_id=top.post_id if top else None,
        created_at=clock.now(),
    )
    stored = stored.on_conflict_do_nothing(index_elements=["organization_id", "week_start"])
    return await session.scalar(stored.returning(WeeklySummary.id)) is not None


async def _announce(session: AsyncSession, summary: WeeklySummary, advice: list[Advice]) -> None:
    owners = await organizations.members_with(session, organization_id=summary.organization_id, role=Role.OWNER)
    await tell(
        session,
        organization_id=summary.organization_id,
        recipients=[Recipient(user_id=owner.id, email=owner.email) for owner in owners],
        key=f"summary-ready:{summary.week_start}",
        template="summary-ready",
        data=Told(
            week_start=spoken(summary.week_start),
            week_end=spoken(summary.week_end),
            headline=_headline(summary.total_posts, len(advice)),
            path=f"/summaries/{summary.week_start}",
        ),
    )


def _headline(posts: int, proposals: int) -> str:
    out = "1 post went out" if posts == 1 else f"{posts} posts went out"
    if not proposals:
        return f"{out}. There is no advice this week: nothing is sure enough."
    return f"{out}. One change is proposed." if proposals == 1 else f"{out}. {proposals} changes are proposed."
