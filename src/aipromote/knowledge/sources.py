"""The texts that passages come from, whole, each with where it comes from in words, and of a post how it did."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.analytics import usual
from aipromote.assets.models import Asset, AssetText
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.facts import Fact
from aipromote.documents.passages import Passage, PassageKind, PostResult
from aipromote.documents.vocabulary import Platform


def profile(texts: Iterable[tuple[str, str]]) -> list[Passage]:
    """Sentences of the brief, given as (where it stands, text)."""
    return [Passage(PassageKind.PROFILE, words, source, 0.0) for source, words in texts]


def facts(known: Iterable[Fact], day: date) -> list[Passage]:
    """All of these, marked where they do not hold on the day."""
    return [
        Passage(
            PassageKind.FACT,
            fact.statement,
            f"Fact, by {fact.source}" if fact.source else "Fact without a source",
            0.0,
            fact.id,
            expired=not fact.holds_on(day),
        )
        for fact in known
    ]


async def files(session: AsyncSession, *, organization_id: UUID, ids: Collection[UUID]) -> list[Passage]:
    """Passages of files with these ids."""
    if not ids:
        return []
    statement = (
        select(AssetText, Asset)
        .join(Asset, (Asset.organization_id == AssetText.organization_id) & (Asset.id == AssetText.asset_id))
        .where(AssetText.organization_id == organization_id, AssetText.id.in_(sorted(ids)))
    )
    return [
        Passage(
            PassageKind.FILE, passage.text, f"{file.title or file.original_name}, {passage.place}", 0.0, passage.id
        )
        for passage, file in await session.execute(statement)
    ]  # fmt: skip


async def posts(session: AsyncSession, *, organization_id: UUID, ids: Collection[UUID]) -> list[Passage]:
    """Those of these pieces that are published."""
    if not ids:
        return []
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.id.in_(sorted(ids)))
    out = ContentPiece.status == ContentStatus.PUBLISHED
    pieces = list(await session.scalars(select(ContentPiece).where(*mine, out)))
    results = await _results(session, organization_id, ids)
    return [
        Passage(
            PassageKind.POST,
            piece.body,
            f"{piece.platform.label} post of {piece.published_at:%-d %B %Y}",
            0.0,
            piece.id,
            result=results.get(piece.id),
        )
        for piece in pieces
    ]


async def _results(session: AsyncSession, organization_id: UUID, piece_ids: Collection[UUID]) -> dict[UUID, PostResult]:
    measured = await usual.outcomes(session, organization_id=organization_id, piece_ids=piece_ids)
    medians = await usual.usual(session, organization_id=organization_id) if measured else {}
    return {piece_id: _result(outcome, medians) for piece_id, outcome in measured.items()}


def _result(outcome: usual.Outcome, medians: dict[tuple[Platform, bool], usual.Usual]) -> PostResult:
    median = medians[outcome.platform, outcome.is_simulated]
    return PostResult(
        platform=outcome.platform.label,
        impressions=outcome.impressions,
        engagement=outcome.engagement,
        usual_impressions=median.impressions,
        usual_engagement=median.engagement,
        compared=median.posts,
        is_simulated=outcome.is_simulated,
    )
