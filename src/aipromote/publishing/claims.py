"""Taking posts: one statement claims a batch across organizations, the rest is read in bulk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.channels import opening
from aipromote.channels.opening import Account
from aipromote.connectors import registry
from aipromote.connectors.contract import Armed, Credentials, Media, Part
from aipromote.content.readings import Approved, Reading, readings
from aipromote.db.base import new_id
from aipromote.publishing.changes import Changed, Key, changed_from, columns
from aipromote.publishing.pace import Pace
from aipromote.publishing.states import Outcome

# What may be out all the same, since a call for it is without an answer, is said to be so.
_MISS = text("""
    UPDATE scheduled_posts p
       SET status = 'MISSED', next_attempt_at = NULL, error_kind = 'late',
           error_message = left(
               'It could not be sent within '
               || CASE WHEN o.late_minutes IS NULL THEN :usual
                       WHEN o.late_minutes = 60 THEN '1 hour'
                       WHEN o.late_minutes % 60 = 0 THEN (o.late_minutes / 60) || ' hours'
                       ELSE o.late_minutes || ' minutes' END
               || ' of its time, so it was not sent.'
               || CASE WHEN EXISTS (SELECT FROM publish_attempts a
                                     WHERE a.organization_id = p.organization_id AND a.scheduled_post_id = p.id
                                       AND a.outcome IN ('ARMED', 'UNKNOWN'))
                       THEN :perhaps_out ELSE '' END
               || coalesce(' What kept it: ' || p.error_message, ''), 2000)
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
      JOIN organizations o ON o.id = k.organization_id
     WHERE p.organization_id = k.organization_id AND p.id = k.id
       AND p.status IN ('SCHEDULED', 'RETRYING')
       AND p.scheduled_at < CAST(:now AS timestamptz) - make_interval(secs => coalesce(o.late_minutes * 60, :late))
       AND NOT EXISTS (SELECT FROM publishing_holds h
                        WHERE h.organization_id = p.organization_id AND h.released_at IS NULL)
    RETURNING p.organization_id, p.id, p.content_piece_id, p.social_account_id, p.status, p.scheduled_at,
              p.last_attempt_at, p.next_attempt_at, p.attempt_count, p.error_message
""")
_PERHAPS_OUT = " A call for it stayed without an answer, so look at the account before you schedule it again."

# Posts of an organization whose publishing is held are not even staged; that this refuses them too covers every other
# way in: a job that was carried before, a second stager, a command.
_CLAIM = text("""
    UPDATE scheduled_posts p
       SET status = 'PUBLISHING', claimed_by = :worker, claimed_until = :until, attempt_count = p.attempt_count + 1,
           last_attempt_at = :now, next_attempt_at = NULL, error_kind = NULL, error_message = NULL
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
      JOIN scheduled_posts q ON q.organization_id = k.organization_id AND q.id = k.id
      JOIN organizations o ON o.id = k.organization_id
      LEFT JOIN account_paces shut ON shut.organization_id = q.organization_id
       AND shut.social_account_id = q.social_account_id AND shut.closed_until > :now
     WHERE p.organization_id = q.organization_id AND p.id = q.id AND p.attempt_count < p.max_attempts
       AND (p.status = 'SCHEDULED' AND p.scheduled_at <= :now OR p.status = 'RETRYING' AND p.next_attempt_at <= :now)
       AND NOT EXISTS (SELECT FROM publishing_holds h
                        WHERE h.organization_id = p.organization_id AND h.released_at IS NULL)
    RETURNING p.organization_id, p.id, p.content_piece_id, p.revision, p.social_account_id, p.scheduled_at,
              p.attempt_count, p.max_attempts, p.idempotency_key, p.claimed_by, p.claimed_until,
              shut.closed_until, shut.closed_reason,
              p.scheduled_at + make_interval(secs => coalesce(o.late_minutes * 60, :late)) AS late_at, o.owner_id
""")

_ARM = text("""
    INSERT INTO publish_attempts (organization_id, id, scheduled_post_id, part, number, outcome, armed_at, worker, key,
                                  record_key, text_sent, text_hash)
    SELECT r.organization_id, r.id, r.scheduled_post_id, r.part, r.number, 'ARMED', r.armed_at, r.worker, r.key,
           r.record_key, r.text_sent, r.text_hash
      FROM unnest(CAST(:organization_id AS uuid[]), CAST(:id AS uuid[]), CAST(:scheduled_post_id AS uuid[]),
                  CAST(:part AS smallint[]), CAST(:number AS smallint[]), CAST(:armed_at AS timestamptz[]),
                  CAST(:worker AS text[]), CAST(:key AS text[]), CAST(:record_key AS text[]),
                  CAST(:text_sent AS text[]), CAST(:text_hash AS bytea[]))
        AS r (organization_id, id, scheduled_post_id, part, number, armed_at, worker, key, record_key, text_sent,
              text_hash)
""")

_SAME_NAMES = (
    "organization_id", "revision", "scheduled_at", "attempt_count", "max_attempts", "idempotency_key", "claimed_by",
    "claimed_until", "closed_until", "closed_reason", "late_at", "owner_id",
)  # fmt: skip

_EARLIER = text("""
    SELECT a.organization_id, a.scheduled_post_id, a.part, a.number, a.outcome, a.armed_at, a.record_key,
           a.platform_post_id, a.platform_url
      FROM unnest(CAST(:organizations AS uuid[]), CAST(:posts AS uuid[])) AS k (organization_id, id)
      JOIN publish_attempts a ON a.organization_id = k.organization_id AND a.scheduled_post_id = k.id
     ORDER BY a.number
""")


@dataclass(slots=True)
class Claim:
    """A post that this worker holds, with all that is needed to send it."""

    organization_id: UUID
    post_id: UUID
    revision: int
    account_id: UUID
    scheduled_at: datetime
    attempt_count: int
    max_attempts: int
    idempotency_key: str
    claimed_by: str
    claimed_until: datetime
    closed_until: datetime | None
    """Until when the network asked to send nothing of this account; None when that is over, or it did not."""
    closed_reason: str | None
    late_at: datetime
    """After this it is not sent any more: it is missed, and people are told."""
    owner_id: UUID
    """Of the organization: whose plan it counts for."""
    piece: Reading = field(repr=False)
    account: Account | None = field(default=None, repr=False)
    sent: dict[int, str] = field(default_factory=dict)
    """Parts that are out already: position → the network's id."""
    numbers: dict[int, int] = field(default_factory=dict)
    """Attempts that were made at each part."""
    record_keys: dict[int, str] = field(default_factory=dict)
    """Record keys that were chosen for parts before; a retry uses them again, so that it cannot double."""
    prepared: dict[int, str] = field(default_factory=dict, repr=False)
    """What was brought to the network for parts, by its own names."""
    unanswered: dict[int, datetime] = field(default_factory=dict)
    """Parts of which an earlier call may have arrived, each with the time of that call: nothing is over before that is
    known. Only a repeat that cannot double is made all the same."""
    media: tuple[Media, ...] = field(default=(), repr=False)
    credentials: Credentials | None = field(default=None, repr=False)
    has_renewed: bool = False
    """Whether the network refused the token and there is a new one since."""
    has_tried_renewed: bool = False
    """Whether the armed call goes out with the new token: it is not refused and renewed a second time."""
    urls: dict[int, str] = field(default_factory=dict)
    """Where the parts that are out can be seen."""
    attempt_id: UUID = field(init=False)
    """Of the call that is armed."""
    armed: Armed | None = None

    @property
    def key(self) -> Key:
        """(organization, post)."""
        return self.organization_id, self.post_id

    @property
    def piece_id(self) -> UUID:
        """What it is the text of."""
        return self.piece.piece_id

    @property
    def texts(self) -> tuple[str, ...]:
        """One for each part."""
        return self.piece.texts

    @property
    def approval(self) -> Approved | None:
        """The newest decision about the revision."""
        return self.piece.approval

    @property
    def account_key(self) -> Key:
        """(organization, account)."""
        return self.organization_id, self.account_id

    @property
    def position(self) -> int:
        """The part that is to be sent next. A part that is out is never sent again."""
        if not self.sent:
            return 0
        return next(position for position in range(len(self.texts)) if position not in self.sent)

    @property
    def is_complete(self) -> bool:
        """Whether all parts are out."""
        return len(self.sent) == len(self.texts)

    @property
    def used_up(self) -> bool:
        """Whether this was the last attempt."""
        return self.attempt_count >= self.max_attempts

    def part(self) -> Part:
        """What to hand to the connector."""
        return part_to_send(self.texts, self.position, self.sent, self.media, title=self.piece.title)

    def arm(self) -> dict[str, Any]:
        """Choose everything that a later look-up needs; the row to store before the call."""
        assert self.account is not None
        position, now = self.position, clock.now()
        key = f"{self.idempotency_key}/{position}"
        record_key = self.record_keys.get(position) or registry.get(self.account.connector).choose_record_key(now)
        if record_key:
            self.record_keys[position] = record_key
        self.armed = Armed(key, now, record_key, prepared=self.prepared.get(position))
        self.attempt_id = new_id()
        self.has_tried_renewed = self.has_renewed
        self.numbers[position] = self.numbers.get(position, 0) + 1
        return {
            "organization_id": self.organization_id,
            "id": self.attempt_id,
            "scheduled_post_id": self.post_id,
            "part": position,
            "number": self.numbers[position],
            "armed_at": now,
            "worker": self.claimed_by,
            "key": key,
            "record_key": record_key,
            "text_sent": self.texts[position],
            "text_hash": hashlib.sha256(self.texts[position].encode("utf-8", "surrogatepass")).digest(),
        }


def part_to_send(
    texts: Sequence[str], position: int, sent: dict[int, str], media: tuple[Media, ...], *, title: str | None
) -> Part:
    """One part of a post; files and title go with the first."""
    return Part(
        texts[position],
        position,
        reply_to=sent.get(position - 1),
        root=sent.get(0) if position else None,
        media=media if position == 0 else (),
        title=title if position == 0 else None,
    )


async def miss(session: AsyncSession, keys: Sequence[Key], *, pace: Pace) -> list[Changed]:
    """Give up the posts whose time has passed by more than the late policy allows."""
    organizations, posts = columns(keys)
    values = {"organizations": organizations, "posts": posts, "now": clock.now(), "late": pace.late}
    words = {"usual": f"{pace.late / 3600:g} hours", "perhaps_out": _PERHAPS_OUT}
    return [changed_from(row) for row in await session.execute(_MISS, values | words)]


async def claim(session: AsyncSession, keys: Sequence[Key], *, worker: str, pace: Pace) -> list[Claim]:
    """Take those of the posts that are due and free, with all that is needed to judge and send them."""
    organizations, posts = columns(keys)
    now = clock.now()
    values = {"worker": worker, "now": now, "until": now + timedelta(seconds=pace.lease), "late": pace.late}
    found = await session.execute(_CLAIM, {**values, "organizations": organizations, "posts": posts})
    rows = sorted(found, key=lambda row: (row.scheduled_at, row.id))
    return await with_facts(session, rows) if rows else []


async def with_facts(session: AsyncSession, rows: Sequence[Any]) -> list[Claim]:
    """These posts with all that is needed to judge and send them; the rows have the columns that `_CLAIM` returns."""
    of_pieces = {(row.organization_id, row.content_piece_id, row.revision) for row in rows}
    pieces = await readings(session, of_pieces)
    accounts = await opening.accounts(session, {(row.organization_id, row.social_account_id) for row in rows})
    claims = []
    for row in rows:
        values = {name: getattr(row, name) for name in _SAME_NAMES}
        piece = pieces[row.organization_id, row.content_piece_id, row.revision]
        account = accounts.get((row.organization_id, row.social_account_id))
        claims.append(Claim(**values, post_id=row.id, account_id=row.social_account_id, piece=piece, account=account))
    await _add_earlier_attempts(session, {one.key: one for one in claims})
    return claims


async def _add_earlier_attempts(session: AsyncSession, claims: dict[Key, Claim]) -> None:
    organizations, posts = columns(claims)
    rows = await session.execute(_EARLIER, {"organizations": organizations, "posts": posts})
    for organization_id, post_id, part, number, outcome, armed_at, record_key, platform_post_id, url in rows:
        one = claims[organization_id, post_id]
        one.numbers[part] = number
        if record_key:
            one.record_keys[part] = record_key
        if outcome == Outcome.PUBLISHED and platform_post_id:
            one.sent[part] = platform_post_id
            one.urls[part] = url or ""
        if outcome in {Outcome.ARMED, Outcome.UNKNOWN}:
            one.unanswered.setdefault(part, armed_at)


async def store_armed(session: AsyncSession, claims: Sequence[Claim]) -> None:
    """Write the attempt rows of what is about to be sent."""
    if claims:
        rows = [one.arm() for one in claims]
        await session.execute(_ARM, {name: [row[name] for row in rows] for name in rows[0]})
