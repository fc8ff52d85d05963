"""Adopting a brief's voice and proof points, and changing rules and facts afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.brand import queries
from aipromote.brand.models import BrandRule, Fact
from aipromote.brand.states import ApprovalMode
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.facts import FactKind
from aipromote.errors import InvalidInput, NotFound
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

EDITABLE = frozenset(
    {
        "tone",
        "voice",
        "allowed_phrases",
        "forbidden_phrases",
        "allowed_hashtags",
        "forbidden_hashtags",
        "compliance_notes",
        "legal_disclaimer",
        "claims_to_avoid",
        "approval_mode",
        "auto_approval_rules",
    }
)


async def adopt_brief(session: AsyncSession, actor: Actor, *, organization_id: UUID, brief: Brief) -> BrandRule:
    """Make the brief's voice the rules, and its proof points facts. Facts that are known already take its source.

    A brief that lets posts out without a person needs an administrator, as the same change of the rules does.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    values = rules_of(brief)
    mode = await _mode(session, organization_id=organization_id)
    if values["approval_mode"] is not mode:
        await require(session, actor, organization_id=organization_id, role=Role.ADMIN)
    adopt = insert(BrandRule).values(organization_id=organization_id, **values)
    adopt = adopt.on_conflict_do_update(index_elements=["organization_id"], set_=values)
    rules: BrandRule | None = await session.scalar(
        adopt.returning(BrandRule), execution_options={"populate_existing": True}
    )
    assert rules is not None, "an upsert returns its row"
    await take_facts(session, actor, organization_id=organization_id, brief=brief)
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="brand_rules.adopted",
        subject="brand_rules",
        subject_id=rules.id,
        detail=Detail(before={"approval_mode": mode}, after={"approval_mode": rules.approval_mode}),
    )
    return rules


async def edit_rules(session: AsyncSession, actor: Actor, *, organization_id: UUID, **changes: Any) -> BrandRule:
    """Change some of the rules (the fields in EDITABLE). Raises InvalidInput for another field.

    Who may approve may not yet decide that nobody has to: the approval mode needs an administrator.
    """
    strangers = changes.keys() - EDITABLE
    if strangers:
        raise InvalidInput(f"There is no such rule: {', '.join(sorted(strangers))}.", field=min(strangers))
    lets_posts_out = changes.keys() & {"approval_mode", "auto_approval_rules"}
    role = Role.ADMIN if lets_posts_out else Role.EDITOR
    await require(session, actor, organization_id=organization_id, role=role)
    rules = await queries.rules_row(session, organization_id=organization_id)
    before = {name: getattr(rules, name) for name in changes}
    for name, value in changes.items():
        setattr(rules, name, value)
    await session.flush()
    after = {name: getattr(rules, name) for name in changes}
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="brand_rules.changed",
        subject="brand_rules",
        subject_id=rules.id,
        detail=Detail(before=before, after=after),
    )
    return rules


async def add_fact(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    statement: str,
    source: str,
    kind: FactKind = FactKind.OTHER,
    expires_on: date | None = None,
) -> Fact:
    """Record something that may be claimed, or the newer source of something known. Raises InvalidInput by field."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    for field, value in (("statement", statement), ("source", source)):
        if not value.strip():
            raise InvalidInput(f"A fact needs a {field}.", field=field)
    row = {"statement": statement.strip(), "source": source.strip(), "kind": kind, "expires_on": expires_on}
    fact = (await _upsert_facts(session, actor, organization_id=organization_id, rows=[row]))[0]
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="fact.recorded",
        subject="facts",
        subject_id=fact.id,
        detail=Detail(after=row),
    )
    return fact


async def change_fact(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    fact_id: UUID,
    statement: str,
    source: str,
    kind: FactKind,
    expires_on: date | None,
) -> Fact:
    """Let a fact say something else from now on; the log keeps what it said. Its id stays, so texts find it again.

    Raises NotFound, and InvalidInput by field: also where another fact already says this.
    """
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    for field, value in (("statement", statement), ("source", source)):
        if not value.strip():
            raise InvalidInput(f"A fact needs a {field}.", field=field)
    fact = await session.get(Fact, (organization_id, fact_id), with_for_update=True, populate_existing=True)
    if fact is None:
        raise NotFound("There is no such fact.")
    wanted: dict[str, Any] = {
        "statement": statement.strip(),
        "source": source.strip(),
        "kind": kind,
        "expires_on": expires_on,
    }
    after = {name: value for name, value in wanted.items() if getattr(fact, name) != value}
    if not after:
        return fact
    same = select(Fact.id).where(Fact.organization_id == organization_id, Fact.statement == wanted["statement"])
    if await session.scalar(same.where(Fact.id != fact_id)) is not None:
        raise InvalidInput("Another fact says exactly this already. Change or remove that one.", field="statement")
    before = {name: getattr(fact, name) for name in after}
    for name, value in after.items():
        setattr(fact, name, value)
    fact.recorded_by = actor.user_id
    await session.flush()
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="fact.changed",
        subject="facts",
        subject_id=fact_id,
        detail=Detail(before=before, after=after),
    )
    return fact


async def expire_fact(session: AsyncSession, actor: Actor, *, organization_id: UUID, fact_id: UUID) -> None:
    """From today on the fact proves nothing. Raises NotFound."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    yesterday = date.fromordinal(clock.now().date().toordinal() - 1)
    last_day = func.least(func.coalesce(Fact.expires_on, yesterday), yesterday)
    expire = update(Fact).where(Fact.organization_id == organization_id, Fact.id == fact_id)
    until = await session.scalar(expire.values(expires_on=last_day).returning(Fact.expires_on))
    if until is None:
        raise NotFound("There is no such fact.")
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="fact.expired",
        subject="facts",
        subject_id=fact_id,
        detail=Detail(after={"expires_on": until}),
    )


async def remove_fact(session: AsyncSession, actor: Actor, *, organization_id: UUID, fact_id: UUID) -> None:
    """Take a fact out of the library. Raises NotFound."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    remove = delete(Fact).where(Fact.organization_id == organization_id, Fact.id == fact_id)
    statement = await session.scalar(remove.returning(Fact.statement))
    if statement is None:
        raise NotFound("There is no such fact.")
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="fact.removed",
        subject="facts",
        subject_id=fact_id,
        detail=Detail(before={"statement": statement}),
    )


def rules_of(brief: Brief) -> dict[str, Any]:
    """The columns of the brand rules that a brief states."""
    voice = brief.brand
    return {
        "tone": voice.tone,
        "voice": voice.voice,
        "allowed_phrases": list(voice.words_to_use),
        "forbidden_phrases": list(voice.words_to_avoid),
        "allowed_hashtags": list(voice.hashtags.allowed),
        "forbidden_hashtags": list(voice.hashtags.forbidden),
        "compliance_notes": brief.constraints.compliance_notes,
        "legal_disclaimer": voice.legal_disclaimer,
        "claims_to_avoid": list(brief.constraints.claims_to_avoid),
        "approval_mode": ApprovalMode.AUTO if brief.approval == "auto" else ApprovalMode.MANUAL,
    }


async def _mode(session: AsyncSession, *, organization_id: UUID) -> ApprovalMode:
    """The mode as it is now; before there are rules, a person has to approve."""
    mode = select(BrandRule.approval_mode).where(BrandRule.organization_id == organization_id)
    return await session.scalar(mode) or ApprovalMode.MANUAL


async def take_facts(session: AsyncSession, actor: Actor, *, organization_id: UUID, brief: Brief) -> None:
    """Make the brief's proof points facts; those that are known take its source. Others stay as they are."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    by_statement = {
        fact.statement: {
            "statement": fact.statement,
            "source": fact.source,
            "kind": fact.kind,
            "expires_on": fact.expires,
        }
        for fact in facts_of(brief)
    }
    if by_statement:
        await _upsert_facts(session, actor, organization_id=organization_id, rows=list(by_statement.values()))


async def _upsert_facts(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, rows: list[dict[str, Any]]
) -> list[Fact]:
    own = {"organization_id": organization_id, "recorded_by": actor.user_id}
    record = insert(Fact).values([{**own, **row} for row in rows])
    newer = {name: record.excluded[name] for name in ("source", "kind", "expires_on", "recorded_by")}
    record = record.on_conflict_do_update(index_elements=["organization_id", "statement"], set_=newer)
    return list(await session.scalars(record.returning(Fact), execution_options={"populate_existing": True}))
