"""What is read of pieces that are about to leave, of many organizations at once: plain values, no rows to change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.content import MediaRef
from aipromote.documents.vocabulary import Platform

Key = tuple[UUID, UUID, int]
"""(organization, piece, revision)."""

_READ = text("""
    SELECT c.organization_id, c.id, k.revision AS asked, c.status, c.revision, c.expires_at, c.platform,
           CAST(c.media_refs AS text) AS media_refs, r.title, r.body, r.parts, a.decision, a.user_id, a.override_reason,
           a.set_aside
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:pieces AS uuid[]), CAST(:revisions AS int[]))
           AS k (organization_id, piece_id, revision)
      JOIN content_pieces c ON c.organization_id = k.organization_id AND c.id = k.piece_id
      JOIN content_revisions r
        ON r.organization_id = k.organization_id AND r.piece_id = k.piece_id AND r.number = k.revision
      LEFT JOIN LATERAL (
           SELECT d.decision, d.user_id, d.override_reason, d.set_aside FROM approvals d
            WHERE d.organization_id = k.organization_id AND d.piece_id = k.piece_id AND d.revision = k.revision
            ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) a ON true
""")
_MEDIA: TypeAdapter[tuple[MediaRef, ...]] = TypeAdapter(tuple[MediaRef, ...])


@dataclass(frozen=True, slots=True)
class Approved:
    """The newest decision about a revision. Without a user the product decided by itself."""

    decision: Decision
    user_id: UUID | None
    override_reason: str | None
    set_aside: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A piece as it is now, and the text of the revision that was asked for."""

    piece_id: UUID
    status: ContentStatus
    revision: int
    """The newest one, whichever was asked for."""
    expires_at: datetime | None
    platform: Platform
    media_refs: tuple[MediaRef, ...]
    title: str | None
    texts: tuple[str, ...]
    """The parts of a thread, or the one text."""
    approval: Approved | None


async def readings(session: AsyncSession, keys: Collection[Key]) -> dict[Key, Reading]:
    """One for each key that there is."""
    organizations, pieces, revisions = zip(*sorted(keys), strict=True) if keys else ((), (), ())
    values = {"organizations": list(organizations), "pieces": list(pieces), "revisions": list(revisions)}
    return {
        (organization_id, piece_id, asked): Reading(
            piece_id=piece_id,
            status=ContentStatus(status),
            revision=newest,
            expires_at=expires_at,
            platform=Platform(platform),
            media_refs=() if media_refs is None else _MEDIA.validate_json(media_refs),
            title=title,
            texts=tuple(parts) or (body,),
            approval=None if decision is None else Approved(
                Decision(decision), user_id, override_reason, None if set_aside is None else tuple(set_aside)
            ),
        )
        for (
            organization_id, piece_id, asked, status, newest, expires_at, platform, media_refs, title, body, parts,
            decision, user_id, override_reason, set_aside,
        ) in await session.execute(_READ, values)
    }  # fmt: skip
