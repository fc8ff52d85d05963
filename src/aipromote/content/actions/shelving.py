"""Templates and signatures: what an organization keeps to begin and to end its posts with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.content import queries
from aipromote.content.models import Signature, Template
from aipromote.content.templating import PLACES, open_places
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.organizations.actions import require
from aipromote.organizations.states import Role

_LONGEST = {"name": 200, "body": 10_000, "words": 1000}


async def keep_template(
    session: AsyncSession,
    actor: Actor,
    *,
    organization_id: UUID,
    name: str,
    body: str,
    platform: Platform | None = None,
) -> Template:
    """The template of that name, new or changed. Raises InvalidInput for a place that nobody could fill."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    name, body = _given(name, "name"), _given(body, "body")
    stray = next((place for place in open_places(body) if place not in PLACES), None)
    if stray is not None:
        known = ", ".join(f"{{{{{place}}}}}" for place in PLACES)
        raise InvalidInput(f"There is no place {{{{{stray}}}}}. Places: {known}.", field="body")
    make = insert(Template).values(organization_id=organization_id, name=name, body=body, platform=platform)
    make = make.on_conflict_do_update(
        index_elements=["organization_id", "name"], set_={"body": body, "platform": platform}
    )
    kept: Template | None = await session.scalar(
        make.returning(Template), execution_options={"populate_existing": True}
    )
    assert kept is not None, "an upsert returns its row"
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="template.kept",
        subject="post_templates",
        subject_id=kept.id,
        detail=Detail(after={"name": name, "platform": platform}),
    )
    return kept


async def remove_template(session: AsyncSession, actor: Actor, *, organization_id: UUID, template_id: UUID) -> None:
    """Throw it away; posts that began with it stay. Raises NotFound."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    template = await queries.template(session, organization_id=organization_id, template_id=template_id)
    await session.delete(template)
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="template.removed",
        subject="post_templates",
        subject_id=template_id,
        detail=Detail(before={"name": template.name}),
    )
    await session.flush()


async def keep_signature(
    session: AsyncSession, actor: Actor, *, organization_id: UUID, platform: Platform, words: str
) -> Signature | None:
    """The platform's signature, new or changed; empty words take it away."""
    await require(session, actor, organization_id=organization_id, role=Role.EDITOR)
    kept: Signature | None = None
    if words.strip():
        words = _given(words, "words")
        make = insert(Signature).values(organization_id=organization_id, platform=platform, words=words)
        make = make.on_conflict_do_update(index_elements=["organization_id", "platform"], set_={"words": words})
        kept = await session.scalar(make.returning(Signature), execution_options={"populate_existing": True})
    else:
        mine = (Signature.organization_id == organization_id, Signature.platform == platform)
        await session.execute(delete(Signature).where(*mine))
    await audit.record(
        session,
        actor,
        organization_id=organization_id,
        action="signature.kept" if kept else "signature.removed",
        subject="organizations",
        subject_id=organization_id,
        detail=Detail(after={"platform": platform}),
    )
    return kept


def _given(text: str, field: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidInput("This may not be empty.", field=field)
    if len(text) > _LONGEST[field]:
        raise InvalidInput(f"This is longer than {_LONGEST[field]:,} characters.", field=field)
    return text
