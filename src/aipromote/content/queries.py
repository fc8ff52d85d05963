"""Reads of pieces, their revisions and decisions, and what the check says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.ai import queries as requests
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.states import RequestKind
from aipromote.brand import queries as brand
from aipromote.brand.check import Finding
from aipromote.brand.queries import Judge
from aipromote.connectors import limits
from aipromote.content.models import Approval, ContentPiece, Pillar, Revision, Series, Signature, Template, Variant
from aipromote.content.states import ContentStatus, Decision
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound
from aipromote.jobs.kinds import Due

_NEVER = date.max


async def piece(session: AsyncSession, *, organization_id: UUID, piece_id: UUID, lock: bool = False) -> ContentPiece:
    """The piece; its row locked until the transaction ends, where asked. Raises NotFound."""
    found = await session.get(
        ContentPiece, (organization_id, piece_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None:
        raise NotFound("There is no such piece.")
    return found


async def pieces(
    session: AsyncSession,
    *,
    organization_id: UUID,
    status: ContentStatus | None = None,
    platform: Platform | None = None,
    start: date | None = None,
    end: date | None = None,
    limit: int = 200,
    offset: int = 0,
    after: UUID | None = None,
) -> list[ContentPiece]:
    """Pieces by the day they are planned for, in [start, end); those without a day last.

    `after` goes on where a page ended, whatever was added or moved before that piece. Raises NotFound.
    """
    found = select(ContentPiece).where(ContentPiece.organization_id == organization_id)
    if status is not None:
        found = found.where(ContentPiece.status == status)
    if platform is not None:
        found = found.where(ContentPiece.platform == platform)
    if start is not None:
        found = found.where(ContentPiece.planned_for >= start)
    if end is not None:
        found = found.where(ContentPiece.planned_for < end)
    if after is not None:
        last = await piece(session, organization_id=organization_id, piece_id=after)
        place = tuple_(func.coalesce(ContentPiece.planned_for, _NEVER), ContentPiece.id)
        found = found.where(place > tuple_(last.planned_for or _NEVER, last.id))
    ordered = found.order_by(ContentPiece.planned_for.asc().nulls_last(), ContentPiece.id)
    return list(await session.scalars(ordered.limit(limit).offset(offset)))


async def pieces_by_id(
    session: AsyncSession, *, organization_id: UUID, piece_ids: Collection[UUID], lock: bool = False
) -> dict[UUID, ContentPiece]:
    """These pieces at once. Raises NotFound if one is missing. Locked rows are locked in the order of their ids."""
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.id.in_(sorted(piece_ids)))
    found = select(ContentPiece).where(*mine).order_by(ContentPiece.id)
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    rows = {row.id: row for row in await session.scalars(found)}
    if set(piece_ids) - rows.keys():
        raise NotFound("There is no such piece.")
    return rows


async def counts(session: AsyncSession, *, organization_id: UUID) -> dict[ContentStatus, int]:
    """How many pieces are in each status; all statuses are named."""
    found = select(ContentPiece.status, func.count()).where(ContentPiece.organization_id == organization_id)
    rows = await session.execute(found.group_by(ContentPiece.status))
    all_of_them = dict.fromkeys(ContentStatus, 0)
    all_of_them.update((status, count) for status, count in rows)
    return all_of_them


async def revisions(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> list[Revision]:
    """The texts that the piece had, newest first."""
    mine = (Revision.organization_id == organization_id, Revision.piece_id == piece_id)
    return list(await session.scalars(select(Revision).where(*mine).order_by(Revision.number.desc())))


async def revision(session: AsyncSession, *, organization_id: UUID, piece_id: UUID, number: int) -> Revision:
    """One of them. Raises NotFound."""
    mine = (Revision.organization_id == organization_id, Revision.piece_id == piece_id, Revision.number == number)
    found: Revision | None = await session.scalar(select(Revision).where(*mine))
    if found is None:
        raise NotFound("There is no such revision.")
    return found


async def variants(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> list[Variant]:
    """Other ways to say the piece, in the order in which they were written."""
    mine = (Variant.organization_id == organization_id, Variant.piece_id == piece_id)
    return list(await session.scalars(select(Variant).where(*mine).order_by(Variant.number)))


async def variant(
    session: AsyncSession,
    *,
    organization_id: UUID,
    variant_id: UUID,
    piece_id: UUID | None = None,
    lock: bool = False,
) -> Variant:
    """One of them (of that piece, where one is named); its row locked, where asked. Raises NotFound."""
    found = await session.get(
        Variant, (organization_id, variant_id), with_for_update=lock or None, populate_existing=lock
    )
    if found is None or piece_id not in {None, found.piece_id}:
        raise NotFound("There is no such variant.")
    return found


async def decisions(session: AsyncSession, *, organization_id: UUID, piece_id: UUID) -> list[Approval]:
    """What reviewers decided about the piece, newest first."""
    mine = (Approval.organization_id == organization_id, Approval.piece_id == piece_id)
    found = select(Approval).where(*mine)
    return list(await session.scalars(found.order_by(Approval.decided_at.desc(), Approval.id.desc())))


async def history(
    session: AsyncSession, *, organization_id: UUID, piece_id: UUID
) -> tuple[list[Revision], list[Approval]]:
    """`revisions` and `decisions` in one statement, for a page that shows both."""
    same = (Approval.organization_id == Revision.organization_id, Approval.piece_id == Revision.piece_id)
    mine = (Revision.organization_id == organization_id, Revision.piece_id == piece_id)
    found = select(Revision, Approval).outerjoin(Approval, and_(*same, Approval.revision == Revision.number))
    rows = (await session.execute(found.where(*mine))).all()
    texts = {revision.id: revision for revision, _ in rows}
    made = {approval.id: approval for _, approval in rows if approval is not None}
    return (
        sorted(texts.values(), key=lambda one: -one.number),
        sorted(made.values(), key=lambda one: (one.decided_at, one.id), reverse=True),
    )


async def approval_for(
    session: AsyncSession, *, organization_id: UUID, piece_id: UUID, revision: int
) -> Approval | None:
    """The approval that covers this revision; None where there is none, or a reviewer took it back afterwards."""
    found = await approvals_for(session, organization_id=organization_id, revisions=[(piece_id, revision)])
    return found.get((piece_id, revision))


async def approvals_for(
    session: AsyncSession, *, organization_id: UUID, revisions: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], Approval]:
    """The same for many (piece, revision) at once.

    What only the product approved counts while the organization lets posts out without a person, and no longer.
    """
    given = await approvals_given(session, organization_id=organization_id, revisions=revisions)
    alone = {key for key, row in given.items() if row.user_id is None}
    if alone and not await brand.unattended(session, organization_ids=[organization_id]):
        return {key: row for key, row in given.items() if key not in alone}
    return given


async def approvals_given(
    session: AsyncSession, *, organization_id: UUID, revisions: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], Approval]:
    """Approvals that no reviewer took back, by (piece, revision); the product's, too, whatever the rules say by now."""
    mine = Approval.organization_id == organization_id
    wanted = tuple_(Approval.piece_id, Approval.revision).in_(list(revisions))
    found = select(Approval).where(mine, wanted).order_by(Approval.decided_at, Approval.id)
    newest = {(row.piece_id, row.revision): row for row in await session.scalars(found)}
    return {key: row for key, row in newest.items() if row.decision is Decision.APPROVED}


async def findings_for(session: AsyncSession, piece: ContentPiece) -> list[Finding]:
    """What the check says of the piece's text, blocking findings first."""
    judge = await brand.judge(session, organization_id=piece.organization_id)
    return findings_by(judge, piece)


def findings_by(judge: Judge, piece: ContentPiece) -> list[Finding]:
    """The same with rules and facts that were loaded before: for many pieces."""
    return judge.findings(
        piece.body,
        platform=piece.platform,
        limits=limits.of(piece.platform),
        parts=piece.parts,
        title=piece.title,
        day=piece.planned_for,
    )


async def judge_of(session: AsyncSession, *, organization_id: UUID) -> Judge:
    """Rules and facts, loaded once for many texts."""
    return await brand.judge(session, organization_id=organization_id)


def findings_of_variant(judge: Judge, piece: ContentPiece, variant: Variant) -> list[Finding]:
    """What the check would say of the piece if it had the variant's text."""
    return findings_of(judge, piece, body=variant.body, parts=variant.parts)


def findings_of(
    judge: Judge,
    piece: ContentPiece,
    *,
    body: str,
    parts: Sequence[str] = (),
    platform: Platform | None = None,
    title: str | None = None,
) -> list[Finding]:
    """What the check would say of the piece with another text (and `title`), for another network where one is named."""
    network = platform or piece.platform
    known = limits.of(network)
    named = piece.title if title is None else title
    return judge.findings(body, platform=network, limits=known, parts=list(parts), title=named, day=piece.planned_for)


async def pillars(session: AsyncSession, *, organization_id: UUID, active_only: bool = False) -> list[Pillar]:
    """The pillars in their order."""
    found = select(Pillar).where(Pillar.organization_id == organization_id)
    if active_only:
        found = found.where(Pillar.is_active)
    return list(await session.scalars(found.order_by(Pillar.sort_order, Pillar.name)))


async def templates(session: AsyncSession, *, organization_id: UUID) -> list[Template]:
    """Texts to begin a post with, by name."""
    found = select(Template).where(Template.organization_id == organization_id)
    return list(await session.scalars(found.order_by(Template.name)))


async def template(session: AsyncSession, *, organization_id: UUID, template_id: UUID) -> Template:
    """One of them. Raises NotFound."""
    found = await session.get(Template, (organization_id, template_id))
    if found is None:
        raise NotFound("There is no such template.")
    return found


async def signatures(session: AsyncSession, *, organization_id: UUID) -> dict[Platform, str]:
    """What ends a post, by platform."""
    found = select(Signature.platform, Signature.words).where(Signature.organization_id == organization_id)
    return {row.platform: row.words for row in await session.execute(found)}


async def series(session: AsyncSession, *, organization_id: UUID) -> list[Series]:
    """The series, oldest first."""
    found = select(Series).where(Series.organization_id == organization_id)
    return list(await session.scalars(found.order_by(Series.id)))


async def slot_keys(session: AsyncSession, *, organization_id: UUID, strategy_id: UUID) -> set[str]:
    """The slots of this strategy that have their piece."""
    mine = (ContentPiece.organization_id == organization_id, ContentPiece.strategy_id == strategy_id)
    found = await session.scalars(select(ContentPiece.slot_key).where(*mine))
    return {key for key in found if key is not None}


async def bodies(session: AsyncSession, *, organization_id: UUID, limit: int = 500) -> list[str]:
    """The newest texts of the organization, which new ones should not repeat."""
    found = select(ContentPiece.body).where(ContentPiece.organization_id == organization_id)
    return list(await session.scalars(found.order_by(ContentPiece.id.desc()).limit(limit)))


async def pending_requests(session: AsyncSession, *, limit: int) -> list[Due[RequestPointer]]:
    """Requests for pieces of all organizations that are owed, oldest first."""
    owed = await requests.owed(session, kind=RequestKind.CONTENT, limit=limit)
    return [
        Due(RequestPointer(organization_id=one.organization_id, request_id=one.request_id, attempts=one.attempts))
        for one in owed
    ]
