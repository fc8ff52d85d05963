"""All texts of an organization that passages come from, as they lie in their rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.assets.models import AssetText
from aipromote.brand import queries as brand
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.passages import PassageKind
from aipromote.knowledge.parts import parts_of
from aipromote.knowledge.profile import passages_of
from aipromote.organizations import queries as organizations

# Sums and counts of when rows were changed: whatever is added, changed or gone, something here is another.
_LOOKS = text("""
    SELECT concat_ws(' ',
        (SELECT extract(epoch FROM updated_at) FROM organizations WHERE id = :key),
        (SELECT concat(count(*), ':', sum(extract(epoch FROM updated_at))) FROM facts WHERE organization_id = :key),
        (SELECT concat(count(*), ':', sum(extract(epoch FROM updated_at))) FROM asset_texts
          WHERE organization_id = :key),
        (SELECT concat(count(*), ':', sum(extract(epoch FROM updated_at))) FROM content_pieces
          WHERE organization_id = :key AND status = 'PUBLISHED'))
""")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which part of which text. `source` is the id of the fact, passage of a file or piece; None for the brief."""

    kind: PassageKind
    source: UUID | None
    part: int


async def looks(session: AsyncSession, *, organization_id: UUID) -> str:
    """What the texts look like from far: as long as this is the same, none of them has changed."""
    return str(await session.scalar(_LOOKS, {"key": organization_id}))


async def parts(session: AsyncSession, *, organization_id: UUID) -> AsyncIterator[tuple[Place, str]]:
    """Every part of every text, a few rows at a time."""
    organization = await organizations.organization(session, organization_id=organization_id)
    number = 0
    for _, words in passages_of(organization.brief):
        for part in parts_of(words):
            number += 1
            yield Place(PassageKind.PROFILE, None, number), part
    for fact in await brand.facts(session, organization_id=organization_id):
        for number, part in enumerate(parts_of(fact.statement), 1):
            yield Place(PassageKind.FACT, fact.id, number), part
    files = select(AssetText.id, AssetText.text).where(AssetText.organization_id == organization_id)
    posts = select(ContentPiece.id, ContentPiece.body).where(
        ContentPiece.organization_id == organization_id, ContentPiece.status == ContentStatus.PUBLISHED
    )
    for kind, found in ((PassageKind.FILE, files), (PassageKind.POST, posts)):
        async for key, words in await session.stream(found.execution_options(yield_per=500)):
            for number, part in enumerate(parts_of(words), 1):
                yield Place(kind, key, number), part
