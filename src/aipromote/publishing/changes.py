"""The two statements that write down what became of a batch: of its posts, by compare-and-set, and of the attempts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.publishing.counting import count_changes
from aipromote.publishing.reply import Reply, storable
from aipromote.publishing.states import Outcome, PostStatus

Key = tuple[UUID, UUID]
"""(organization, row)."""


@dataclass(frozen=True, slots=True)
class PostChange:
    """A post is to go from `was` (held by `held_by`, where it is PUBLISHING) to `status`."""

    organization_id: UUID
    id: UUID
    was: PostStatus
    status: PostStatus
    held_by: str | None = None
    claimed_until: datetime | None = None
    next_attempt_at: datetime | None = None
    error_kind: str | None = None
    error_message: str | None = None
    platform_post_id: str | None = None
    platform_url: str | None = None
    published_at: datetime | None = None
    costs_no_attempt: bool = False
    was_due: datetime | None = None
    """For an UNCONFIRMED post: the look-up that this answers."""


@dataclass(frozen=True, slots=True)
class AttemptChange:
    """What became of an armed call."""

    organization_id: UUID
    id: UUID
    outcome: Outcome
    error_kind: str | None = None
    error_message: str | None = None
    platform_post_id: str | None = None
    platform_url: str | None = None
    reply: Reply | None = None
    handle: str | None = None
    """The network's name for a call that it took and is working on."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A post that really changed."""

    organization_id: UUID
    id: UUID
    piece_id: UUID
    account_id: UUID
    status: PostStatus
    scheduled_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    attempt_count: int
    error_message: str | None


# A success is also accepted when the claim ran out meanwhile and nobody has found out anything else.
_POSTS = text("""
    UPDATE scheduled_posts p
       SET status = CAST(r.status AS post_status),
           claimed_by = CASE WHEN r.status = 'PUBLISHING' THEN p.claimed_by END, claimed_until = r.claimed_until,
           next_attempt_at = r.next_attempt_at, error_kind = r.error_kind, error_message = r.error_message,
           platform_post_id = coalesce(r.platform_post_id, p.platform_post_id),
           platform_url = coalesce(r.platform_url, p.platform_url), published_at = r.published_at,
           attempt_count = greatest(0, p.attempt_count - CAST(r.costs_no_attempt AS int))
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
           organization_id uuid, id uuid, was text, status text, held_by text, claimed_until timestamptz,
           next_attempt_at timestamptz, error_kind text, error_message text, platform_post_id text, platform_url text,
           published_at timestamptz, costs_no_attempt boolean, was_due timestamptz)
     WHERE p.organization_id = r.organization_id AND p.id = r.id
       AND ((p.status = CAST(r.was AS post_status) AND p.claimed_by IS NOT DISTINCT FROM r.held_by
             AND (r.was_due IS NULL OR p.next_attempt_at = r.was_due))
            OR (r.status = 'PUBLISHED' AND p.status = 'UNCONFIRMED'))
    RETURNING p.organization_id, p.id, p.content_piece_id, p.social_account_id, p.status, p.scheduled_at,
              p.last_attempt_at, p.next_attempt_at, p.attempt_count, p.error_message
""")

_ATTEMPTS = text("""
    UPDATE publish_attempts a
       SET outcome = CAST(r.outcome AS attempt_outcome), finished_at = coalesce(a.finished_at, :now),
           error_kind = r.error_kind, error_message = r.error_message, platform_post_id = r.platform_post_id,
           platform_url = r.platform_url, reply = coalesce(r.reply, a.reply), handle = coalesce(r.handle, a.handle)
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
           organization_id uuid, id uuid, outcome text, error_kind text, error_message text, platform_post_id text,
           platform_url text, reply jsonb, handle text)
     WHERE a.organization_id = r.organization_id AND a.id = r.id AND a.outcome IN ('ARMED', 'UNKNOWN')
""")


_LIMITS = {"error_kind": 50, "error_message": 2000, "handle": 500}
_LONGEST_ADDRESS = 2000


def columns(keys: Iterable[Key]) -> tuple[list[UUID], list[UUID]]:
    """Keys as two arrays, in key order: two batches with common rows then wait for each other and do not deadlock."""
    ordered = sorted(set(keys))
    return [organization for organization, _ in ordered], [row for _, row in ordered]


async def change_posts(session: AsyncSession, changes: Sequence[PostChange]) -> dict[Key, Changed]:
    """Make the changes that still apply; what is missing in the answer was changed by somebody else before."""
    if not changes:
        return {}
    rows = await session.execute(_POSTS, {"rows": _rows(changes)})
    changed = {(one.organization_id, one.id): one for one in (changed_from(row) for row in rows)}
    count_changes(changes, changed)
    return changed


def changed_from(row: Row[Any]) -> Changed:
    """From a row that a statement on posts returned."""
    fields = row._asdict()
    fields["piece_id"], fields["account_id"] = fields.pop("content_piece_id"), fields.pop("social_account_id")
    return Changed(**fields | {"status": PostStatus(row.status)})


async def finish_attempts(session: AsyncSession, changes: Sequence[AttemptChange]) -> None:
    """Write down outcomes. One that was known for certain before stays."""
    if changes:
        await session.execute(_ATTEMPTS, {"rows": _rows(changes), "now": clock.now()})


def _rows(changes: Sequence[PostChange] | Sequence[AttemptChange]) -> str:
    # In key order, so that two batches with common rows wait for each other and do not deadlock.
    ordered: list[PostChange | AttemptChange] = sorted(changes, key=lambda change: (change.organization_id, change.id))
    return json.dumps([_row(change) for change in ordered], default=_plain)


def _row(change: PostChange | AttemptChange) -> dict[str, object]:
    """Without what is not said. Texts from outside fit their columns and hold nothing that PostgreSQL cannot store."""
    said = ((name, getattr(change, name)) for name in change.__slots__ if name != "platform_url" or _is_address(change))
    return {
        name: storable(value[: _LIMITS.get(name)]) if type(value) is str else value
        for name, value in said
        if value is not None
    }


def _is_address(change: PostChange | AttemptChange) -> bool:
    """Whether the network's own address of a post can be kept, and led to by a page."""
    url = change.platform_url or ""
    return len(url) <= _LONGEST_ADDRESS and url.startswith(("https://", "http://"))


def _plain(value: object) -> object:
    if isinstance(value, Reply):
        return value.model_dump(mode="json")
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
