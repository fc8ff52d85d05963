"""Writing down how far a preparation has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.connectors.contract import Prepared
from aipromote.connectors.errors import BillingExhausted, ConnectorError, RateLimited, Rejected, Stale
from aipromote.db.base import new_id
from aipromote.publishing.changes import Key
from aipromote.publishing.models import PostPreparation
from aipromote.publishing.refused import refused
from aipromote.publishing.reply import storable
from aipromote.publishing.verdicts import kind_of

_UNPAID_WAIT = timedelta(hours=1)
_LONGEST_WAIT = timedelta(minutes=10)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_HANDLE = 2000
_NOTHING = b"\0" * 32
"""Of a preparation that is made of nothing."""

# What somebody else holds is left alone. Made of the same as before, it goes on with what the network has.
_LEASE = text("""
    INSERT INTO post_preparations AS r (organization_id, id, scheduled_post_id, part, made_for, next_step_at,
                                        claimed_by, claimed_until)
    VALUES (:organization, :id, :post, :part, :made_for, :now, :id, :until)
    ON CONFLICT (organization_id, scheduled_post_id) DO UPDATE
       SET claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until, part = excluded.part,
           made_for = excluded.made_for, ready_at = NULL, is_refused = false,
           handle = CASE WHEN r.made_for = excluded.made_for AND r.ready_at IS NULL THEN r.handle END,
           failures = CASE WHEN r.made_for = excluded.made_for THEN r.failures ELSE 0 END
     WHERE (r.claimed_until IS NULL OR r.claimed_until <= :now)
       AND NOT (r.made_for = excluded.made_for AND (r.is_refused OR coalesce(r.ready_at > :oldest, false)))
    RETURNING handle
""")
_PUT_OFF = text("""
    INSERT INTO post_preparations AS r (organization_id, id, scheduled_post_id, part, made_for, next_step_at, ready_at,
                                        error_kind, error_message)
    VALUES (:organization, :id, :post, 0, :made_for, :next_step_at, :ready_at, :kind, :words)
    ON CONFLICT (organization_id, scheduled_post_id) DO UPDATE
       SET next_step_at = excluded.next_step_at, ready_at = excluded.ready_at, made_for = excluded.made_for,
           handle = NULL, failures = 0, claimed_by = NULL, claimed_until = NULL, error_kind = excluded.error_kind,
           error_message = excluded.error_message, is_refused = false
     WHERE r.claimed_until IS NULL OR r.claimed_until <= :now
""")
# The post that waits for it need not wait for its next look.
_BRING_FORWARD = text("""
    UPDATE scheduled_posts SET next_attempt_at = :now
     WHERE organization_id = :organization AND id = :post AND status = 'RETRYING' AND error_kind = 'preparing'
       AND next_attempt_at > :now AND scheduled_at <= :now
""")


@dataclass(frozen=True, slots=True)
class Row:
    """Which preparation, in whose hands, made of what, for which part."""

    organization_id: UUID
    post_id: UUID
    holder: UUID
    made_for: bytes
    part: int


async def lease(session: AsyncSession, row: Row, *, until: datetime, oldest: datetime) -> tuple[bool, str | None]:
    """Whether it is this worker's until then, and the handle to go on with. Ready since `oldest`: nothing to do."""
    values = {"organization": row.organization_id, "id": row.holder, "post": row.post_id, "part": row.part}
    values |= {"made_for": row.made_for, "now": clock.now(), "until": until, "oldest": oldest}
    found = await session.execute(_LEASE, values)
    mine = found.one_or_none()
    return (False, None) if mine is None else (True, mine.handle)


async def lengthen(session: AsyncSession, row: Row, *, until: datetime) -> None:
    """Keep it until then."""
    if held := await _held(session, row):
        held.claimed_until = until


async def nothing_to_do(session: AsyncSession, key: Key) -> None:
    """The network wants nothing ahead of this post."""
    now = clock.now()
    await session.execute(_PUT_OFF, _new(key) | {"next_step_at": now, "ready_at": now, "kind": None, "words": None})


async def put_off(session: AsyncSession, key: Key, *, until: datetime, kind: str, words: str) -> None:
    """Not before then: as it is, the post must not go out."""
    told = {"next_step_at": until, "ready_at": None, "kind": kind, "words": storable(words[:2000])}
    await session.execute(_PUT_OFF, _new(key) | told)


async def store(session: AsyncSession, row: Row, answer: Prepared | ConnectorError, *, network: str) -> None:
    """How far it came, and when to go on. What somebody else holds by now is left alone."""
    held = await _held(session, row)
    if held is None:
        return
    held.claimed_by = held.claimed_until = None
    if isinstance(answer, Prepared) and len(answer.handle or "") > _LONGEST_HANDLE:
        answer = Rejected(f"{network} gave a name for the upload that is too long to keep.")
    if isinstance(answer, Prepared):
        _came_further(held, answer)
    else:
        _failed(held, answer, network=network)
    await session.flush()
    if held.ready_at is not None or held.is_refused:
        keys = {"organization": row.organization_id, "post": row.post_id, "now": clock.now()}
        await session.execute(_BRING_FORWARD, keys)


def _came_further(held: PostPreparation, answer: Prepared) -> None:
    now = clock.now()
    held.handle = answer.handle or ""
    held.failures, held.error_kind, held.error_message = 0, None, None
    if answer.ask_after is None:
        held.ready_at = held.next_step_at = now
    else:
        held.next_step_at = now + min(max(answer.ask_after, timedelta()), _LONGEST_WAIT)


def _failed(held: PostPreparation, answer: ConnectorError, *, network: str) -> None:
    """Nothing is lost: what the network has already is gone on with, unless it refused it."""
    held.failures += 1
    held.error_kind, words = kind_of(answer), answer.reason
    held.next_step_at = _next_step(answer, failures=held.failures)
    if isinstance(answer, Rejected):
        held.is_refused, held.handle = True, None
        held.error_kind, words = refused(answer, network=network, sent=held.part, parts=held.part + 1)
    if isinstance(answer, Stale):
        held.handle = None
    held.error_message = storable(words[:2000])


def _next_step(answer: ConnectorError, *, failures: int) -> datetime:
    """When it is tried again. It is never given up: in the end the post is too late, and people are told."""
    now = clock.now()
    if isinstance(answer, RateLimited) and answer.retry_at is not None:
        return max(answer.retry_at, now)
    if isinstance(answer, BillingExhausted):
        return now + _UNPAID_WAIT
    return now + min(_FIRST_WAIT * 2.0 ** (min(failures, 12) - 1), _LONGEST_WAIT)


async def _held(session: AsyncSession, row: Row) -> PostPreparation | None:
    """The row, while it is in these hands."""
    mine = (
        PostPreparation.organization_id == row.organization_id,
        PostPreparation.scheduled_post_id == row.post_id,
        PostPreparation.claimed_by == row.holder,
    )
    return await session.scalar(select(PostPreparation).where(*mine).with_for_update())


def _new(key: Key) -> dict[str, Any]:
    return {"organization": key[0], "id": new_id(), "post": key[1], "made_for": _NOTHING, "now": clock.now()}
