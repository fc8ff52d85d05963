"""Giving the texts of an organization their vectors: those that are new or changed, the same words once.

One worker at a time has an organization, by a claim that runs out. What was paid for is stored before more is asked
for. A provider that fails, or a budget that is spent, leaves its reason in the row; later it is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.ai.embedder import Embedder
from aipromote.ai.errors import ModelsFailed
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.knowledge import vectors
from aipromote.knowledge.library import Place, looks, parts
from aipromote.knowledge.models import PassageIndex
from aipromote.knowledge.parts import digest

log: structlog.stdlib.BoundLogger = structlog.get_logger()

EVERY = timedelta(minutes=5)
"""How often the texts of an organization are looked at."""
LONGEST_PAUSE = timedelta(minutes=15)
"""After failures."""
CLAIM = timedelta(minutes=15)
BATCH = 100
"""Texts in one call: as many as every provider takes."""
MOST = 1000
"""Texts in one run; then others may come first."""


class _LostError(Exception):
    """Somebody else has the organization now."""


@dataclass(slots=True)
class _Claim:
    """On an organization, until `until`. `seen` is what its texts looked like when all had their vectors."""

    organization_id: UUID
    seen: str | None
    failures: int
    until: datetime


@dataclass(slots=True)
class _Stock:
    """What there is to do: words without a vector with their places, places whose words have one elsewhere."""

    missing: dict[bytes, tuple[str, list[Place]]] = field(default_factory=dict)
    copies: list[tuple[Place, UUID]] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)
    parts: int = 0
    is_all: bool = True


async def index(*, database: Database, organization_id: UUID, embedder: Embedder) -> bool:
    """Work until all texts have their vectors, or MOST were made. False where it failed, or is somebody else's."""
    async with database.transaction(organization_id) as session:
        claim = await _claimed(session, organization_id, embedder.name)
    if claim is None:
        return False
    try:
        try:
            await _work(database, claim, embedder)
        except ModelsFailed as problem:
            log.warning("passages could not be embedded", organization=str(organization_id), why=problem.message)
            async with database.transaction(organization_id) as session:
                await _failed(session, claim, problem.message)
            return False
    except _LostError:
        return False
    return True


async def _work(database: Database, claim: _Claim, embedder: Embedder) -> None:
    key = claim.organization_id
    async with database.transaction(key) as session:
        # Before the texts are read: what is committed meanwhile makes them look otherwise the next time.
        seen = f"{embedder.name} {await looks(session, organization_id=key)}"
        if seen == claim.seen:
            await _ended(session, claim, at=clock.now() + EVERY)
            return
        stock = await _stock(session, key, embedder.name)
        await vectors.copy(session, organization_id=key, copies=stock.copies)
        await _renew(session, claim, parts=stock.parts)
    for batch in vectors.batches(stock.missing.items(), BATCH):
        made = await embedder.embed([words for _, (words, _) in batch], kind="document")
        placed = [
            (place, text_hash, vector)
            for (text_hash, (_, places)), vector in zip(batch, made, strict=True)
            for place in places
        ]
        async with database.transaction(key) as session:
            await _renew(session, claim)
            await vectors.keep(session, organization_id=key, model=embedder.name, made=placed)
    async with database.transaction(key) as session:
        await vectors.remove(session, organization_id=key, ids=stock.gone)
        pause = EVERY if stock.is_all else timedelta()
        await _ended(session, claim, at=clock.now() + pause, **({"seen": seen} if stock.is_all else {}))
    if stock.missing or stock.gone:
        log.info("passages embedded", organization=str(key), made=len(stock.missing), gone=len(stock.gone))


async def _stock(session: AsyncSession, organization_id: UUID, model: str) -> _Stock:
    stock = _Stock()
    rows = await vectors.kept(session, organization_id=organization_id)
    there = {row.place: row for row in rows}
    known = {row.text_hash: row.id for row in rows if row.model == model}
    async for place, words in parts(session, organization_id=organization_id):
        stock.parts += 1
        text_hash, row = digest(words), there.pop(place, None)
        if row is not None and (row.text_hash, row.model) == (text_hash, model):
            continue
        if text_hash in known:
            stock.copies.append((place, known[text_hash]))
        elif text_hash in stock.missing:
            stock.missing[text_hash][1].append(place)
        elif len(stock.missing) < MOST:
            stock.missing[text_hash] = (words, [place])
        else:
            stock.is_all = False
    stock.gone = [row.id for row in there.values()]
    return stock


async def _claimed(session: AsyncSession, organization_id: UUID, model: str) -> _Claim | None:
    until = clock.now() + CLAIM
    row = {"id": new_id(), "organization_id": organization_id, "model": model, "next_look_at": until}
    claiming = insert(PassageIndex).values(row)
    found = await session.execute(
        claiming.on_conflict_do_update(
            index_elements=["organization_id"],
            set_={"model": model, "next_look_at": until},
            where=PassageIndex.next_look_at <= clock.now(),
        ).returning(PassageIndex.seen, PassageIndex.failures)
    )
    mine = found.one_or_none()
    return None if mine is None else _Claim(organization_id, mine.seen, mine.failures, until)


async def _renew(session: AsyncSession, claim: _Claim, **values: Any) -> None:
    until = clock.now() + CLAIM
    await _set(session, claim, next_look_at=until, **values)
    claim.until = until


async def _ended(session: AsyncSession, claim: _Claim, *, at: datetime, **values: Any) -> None:
    await _set(session, claim, next_look_at=at, failures=0, error_message=None, **values)


async def _failed(session: AsyncSession, claim: _Claim, why: str) -> None:
    pause = min(EVERY * 2 ** min(claim.failures, 5), LONGEST_PAUSE)
    values = {"failures": claim.failures + 1, "error_message": why[:2000]}
    await _set(session, claim, next_look_at=clock.now() + pause, **values)


async def _set(session: AsyncSession, claim: _Claim, **values: Any) -> None:
    """As long as the claim is still this one's. Raises _LostError."""
    mine = (PassageIndex.organization_id == claim.organization_id, PassageIndex.next_look_at == claim.until)
    changed = update(PassageIndex).where(*mine).values(**values).returning(PassageIndex.id)
    if await session.scalar(changed) is None:
        raise _LostError
