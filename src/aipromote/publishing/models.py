"""Scheduled posts, every attempt to publish them, what is expected of them, the pace of accounts, and holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.types import KNOWN_ZONE, Document, Limited, enum_of
from aipromote.publishing.buckets import Bucket
from aipromote.publishing.reply import Reply
from aipromote.publishing.risks import Risk
from aipromote.publishing.states import ForecastState, Outcome, PostStatus


class ScheduledPost(Tenant, Base):
    """One piece revision × one account × one time. The truth about whether it still has to go out.

    `next_attempt_at` is when a RETRYING post may be claimed, or an UNCONFIRMED one looked up again (NULL: a person must
    look). `claimed_by` and `claimed_until` are the lease of the worker that is publishing it. `next_capture_at` is not
    later than when analytics is to measure a published one next (NULL: no more); the database sets it at publication.
    """

    __tablename__ = "scheduled_posts"

    content_piece_id: Mapped[UUID]
    revision: Mapped[int]
    social_account_id: Mapped[UUID]
    scheduled_at: Mapped[Instant]
    local_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    time_zone: Mapped[str | None] = mapped_column(Limited(64))
    published_at: Mapped[Instant | None]
    status: Mapped[PostStatus] = mapped_column(
        enum_of(PostStatus, "post_status"), server_default=PostStatus.SCHEDULED.value
    )
    platform_post_id: Mapped[str | None] = mapped_column(Limited(500))
    platform_url: Mapped[str | None] = mapped_column(Limited(2000))
    attempt_count: Mapped[int] = mapped_column(server_default=text("0"))
    max_attempts: Mapped[int] = mapped_column(server_default=text("3"))
    last_attempt_at: Mapped[Instant | None]
    next_attempt_at: Mapped[Instant | None]
    next_capture_at: Mapped[Instant | None]
    error_kind: Mapped[str | None] = mapped_column(Limited(50))
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    idempotency_key: Mapped[str] = mapped_column(Limited(100))
    claimed_by: Mapped[str | None] = mapped_column(Limited(200))
    claimed_until: Mapped[Instant | None]

    __extra_args__ = (
        owned_by("content_pieces", "content_piece_id"),
        ForeignKeyConstraint(
            ["organization_id", "content_piece_id", "revision"],
            ["content_revisions.organization_id", "content_revisions.piece_id", "content_revisions.number"],
            ondelete="CASCADE",
        ),
        owned_by("social_accounts", "social_account_id", cascade=False),
        UniqueConstraint("organization_id", "idempotency_key"),
        Index("ix_scheduled_posts_piece", "organization_id", "content_piece_id", "revision"),
        Index("ix_scheduled_posts_account", "organization_id", "social_account_id", "scheduled_at"),
        Index("ix_scheduled_posts_calendar", "organization_id", "scheduled_at", "id"),
        Index("ix_scheduled_posts_due", "scheduled_at", postgresql_where=text("status = 'SCHEDULED'")),
        Index(
            "ix_scheduled_posts_again",
            "next_attempt_at",
            postgresql_where=text("status IN ('RETRYING', 'UNCONFIRMED')"),
        ),
        Index("ix_scheduled_posts_claims", "claimed_until", postgresql_where=text("status = 'PUBLISHING'")),
        Index(
            "ix_scheduled_posts_out",
            "organization_id",
            "published_at",
            "id",
            postgresql_where=text("status = 'PUBLISHED'"),
        ),
        Index("ix_scheduled_posts_captures", "next_capture_at", postgresql_where=text("next_capture_at IS NOT NULL")),
        CheckConstraint(
            "(status = 'PUBLISHING') = (claimed_by IS NOT NULL AND claimed_until IS NOT NULL)", name="claim"
        ),
        CheckConstraint(
            "(status = 'PUBLISHED') = (published_at IS NOT NULL) AND "
            "(status <> 'PUBLISHED' OR platform_post_id IS NOT NULL OR platform_url IS NOT NULL)",
            name="published_has_proof",
        ),
        CheckConstraint("status <> 'RETRYING' OR next_attempt_at IS NOT NULL", name="retrying_has_time"),
        CheckConstraint("status NOT IN ('FAILED', 'MISSED') OR error_message IS NOT NULL", name="failure_has_reason"),
        CheckConstraint("attempt_count BETWEEN 0 AND max_attempts", name="attempts"),
        CheckConstraint("max_attempts >= 1", name="attempts_allowed"),
        CheckConstraint("attempt_count = 0 OR last_attempt_at IS NOT NULL", name="attempted_has_time"),
        CheckConstraint(
            "next_attempt_at IS NULL OR status IN ('RETRYING', 'UNCONFIRMED')", name="next_attempt_is_of_open"
        ),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_whole"),
        CheckConstraint("char_length(idempotency_key) > 0", name="idempotency_key_given"),
        CheckConstraint(KNOWN_ZONE, name="time_zone_known"),
        CheckConstraint("(local_time IS NULL) = (time_zone IS NULL)", name="local_time_has_zone"),
    )


class PublishAttempt(Tenant, Base):
    """One armed call for one part of a post: written before it is made, finished when its outcome is known.

    `handle` is the network's own name for a call that it took and is still working on, by which it is asked.
    """

    __tablename__ = "publish_attempts"

    scheduled_post_id: Mapped[UUID]
    part: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    number: Mapped[int] = mapped_column(SmallInteger)
    outcome: Mapped[Outcome] = mapped_column(enum_of(Outcome, "attempt_outcome"), server_default=Outcome.ARMED.value)
    armed_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    worker: Mapped[str] = mapped_column(Limited(200))
    key: Mapped[str] = mapped_column(Limited(100))
    record_key: Mapped[str | None] = mapped_column(Limited(100))
    handle: Mapped[str | None] = mapped_column(Limited(500))
    text_sent: Mapped[str] = mapped_column(Limited(100_000))
    text_hash: Mapped[bytes] = mapped_column(LargeBinary)
    platform_post_id: Mapped[str | None] = mapped_column(Limited(500))
    platform_url: Mapped[str | None] = mapped_column(Limited(2000))
    error_kind: Mapped[str | None] = mapped_column(Limited(50))
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    reply: Mapped[Reply | None] = mapped_column(Document(Reply))

    __extra_args__ = (
        owned_by("scheduled_posts", "scheduled_post_id"),
        UniqueConstraint("organization_id", "scheduled_post_id", "part", "number"),
        Index(
            "uq_publish_attempts_part_published",
            "organization_id",
            "scheduled_post_id",
            "part",
            unique=True,
            postgresql_where=text("outcome = 'PUBLISHED'"),
        ),
        CheckConstraint("(outcome = 'ARMED') = (finished_at IS NULL)", name="armed_is_open"),
        CheckConstraint("outcome <> 'PUBLISHED' OR platform_post_id IS NOT NULL", name="published_has_id"),
        CheckConstraint("number >= 1 AND part >= 0", name="counters"),
        CheckConstraint("octet_length(text_hash) = 32", name="text_hash_sha256"),
    )


class PostPreparation(Tenant, Base):
    """What was brought to the network for one part of a post, before it is fired. Nothing of it is public.

    `made_for` is a SHA-256 of everything that it was made of (the account, the words, the files, the post it answers).
    `handle` names it over there. `ready_at` is NULL until it can be fired; until then it is gone on with at
    `next_step_at`, by the worker that has claimed it. What was refused is not tried again.
    """

    __tablename__ = "post_preparations"

    scheduled_post_id: Mapped[UUID]
    part: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    made_for: Mapped[bytes] = mapped_column(LargeBinary)
    handle: Mapped[str | None] = mapped_column(Limited(2000))
    ready_at: Mapped[Instant | None]
    next_step_at: Mapped[Instant]
    claimed_by: Mapped[UUID | None]
    claimed_until: Mapped[Instant | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    error_kind: Mapped[str | None] = mapped_column(Limited(50))
    error_message: Mapped[str | None] = mapped_column(Limited(2000))
    is_refused: Mapped[bool] = mapped_column(server_default=text("false"))

    __extra_args__ = (
        owned_by("scheduled_posts", "scheduled_post_id"),
        UniqueConstraint("organization_id", "scheduled_post_id"),
        CheckConstraint("octet_length(made_for) = 32", name="made_for_sha256"),
        CheckConstraint("part >= 0 AND failures >= 0", name="counters"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claim_whole"),
        CheckConstraint("ready_at IS NULL OR claimed_by IS NULL AND NOT is_refused", name="ready_is_free"),
        CheckConstraint("NOT is_refused OR error_message IS NOT NULL", name="refusal_has_reason"),
    )


class PublishingHold(Tenant, Base):
    """Nothing of the organization goes out while such a row is open (`released_at` is NULL).

    `known_until` is the moment up to which these rows know what was sent: that of the backup they come from. Somebody
    else, the instance that the backup was taken from, may have sent posts since.
    """

    __tablename__ = "publishing_holds"

    held_at: Mapped[Instant]
    known_until: Mapped[Instant]
    reason: Mapped[str] = mapped_column(Limited(1000))
    released_at: Mapped[Instant | None]
    released_by: Mapped[str | None] = mapped_column(Limited(200))

    __extra_args__ = (
        Index(
            "uq_publishing_holds_open",
            "organization_id",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
        CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name="released_by_whom"),
    )


class AccountPace(Tenant, Base):
    """How fast one account may be used: when it was used last, what is left in its buckets, until when it is closed.

    `buckets` are as full as they were at `filled_at`. `closed_until` is what the network asked for; no post of the
    account leaves before.
    """

    __tablename__ = "account_paces"

    social_account_id: Mapped[UUID]
    armed_at: Mapped[Instant | None]
    buckets: Mapped[list[Bucket]] = mapped_column(Document(list[Bucket]), server_default=text("'[]'::jsonb"))
    filled_at: Mapped[Instant]
    closed_until: Mapped[Instant | None]
    closed_kind: Mapped[str | None] = mapped_column(Limited(50))
    closed_reason: Mapped[str | None] = mapped_column(Limited(2000))

    __extra_args__ = (
        owned_by("social_accounts", "social_account_id"),
        UniqueConstraint("organization_id", "social_account_id"),
        CheckConstraint("num_nulls(closed_until, closed_kind, closed_reason) IN (0, 3)", name="closed_with_reason"),
    )


class PostForecast(Tenant, Base):
    """What is expected of a post that is not due yet: that it will be published, or what may keep it from going out.

    It goes when the post is over, at the next look at others of the organization.

    `told` names the risks that people were told of last; it is empty again once there are none. `seen_at` is the
    database's own time at which what it says was read: what is changed later is looked at again at once.
    """

    __tablename__ = "post_forecasts"

    scheduled_post_id: Mapped[UUID]
    state: Mapped[ForecastState] = mapped_column(enum_of(ForecastState, "forecast_state"))
    risks: Mapped[list[Risk]] = mapped_column(Document(list[Risk]), server_default=text("'[]'::jsonb"))
    checked_at: Mapped[Instant]
    next_check_at: Mapped[Instant]
    risk_since: Mapped[Instant | None]
    told: Mapped[str | None] = mapped_column(Limited(200))
    seen_at: Mapped[Instant] = mapped_column(server_default=text("now()"))

    __extra_args__ = (
        owned_by("scheduled_posts", "scheduled_post_id"),
        UniqueConstraint("organization_id", "scheduled_post_id"),
        CheckConstraint("(state = 'AT_RISK') = (risks <> '[]'::jsonb)", name="risk_has_reason"),
        CheckConstraint("(state = 'AT_RISK') = (risk_since IS NOT NULL)", name="risk_has_time"),
        CheckConstraint("next_check_at > checked_at", name="checked_again_later"),
    )
