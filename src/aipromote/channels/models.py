"""Connected accounts, what their networks said last, and OAuth flows that wait for the person to come back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.channels.states import LookAnswer
from aipromote.db.base import Base, Instant, Tenant, owned_by
from aipromote.db.sealing import Sealed
from aipromote.db.types import Limited, enum_of
from aipromote.documents.vocabulary import Platform


class SocialAccount(Tenant, Base):
    """One account. `platform` is what the audience sees; `connector` is the software that reaches it at `server`.

    An account of the sandbox network stands in for any platform. Disconnecting wipes the tokens and clears `is_active`;
    the row stays, because publishing history and metrics hang on it. `refresh_not_before` is the lease of the process
    that is refreshing the tokens, or the wait after a refresh that failed.
    """

    __tablename__ = "social_accounts"

    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    connector: Mapped[str] = mapped_column(Limited(50))
    server: Mapped[str] = mapped_column(Limited(500))
    handle: Mapped[str] = mapped_column(Limited(300))
    display_name: Mapped[str | None] = mapped_column(Limited(300))
    profile_url: Mapped[str | None] = mapped_column(Limited(2000))
    access_token_sealed: Mapped[bytes | None] = mapped_column("access_token", LargeBinary)
    refresh_token_sealed: Mapped[bytes | None] = mapped_column("refresh_token", LargeBinary)
    token_type: Mapped[str | None] = mapped_column(Limited(50))
    scope: Mapped[str | None] = mapped_column(Limited(2000))
    expires_at: Mapped[Instant | None]
    refresh_not_before: Mapped[Instant | None]
    account_id: Mapped[str | None] = mapped_column(Limited(300))
    followers: Mapped[int | None]
    following: Mapped[int | None]
    posts: Mapped[int | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    last_sync_at: Mapped[Instant | None]
    error_message: Mapped[str | None] = mapped_column(Limited(2000))

    access_token = Sealed()
    refresh_token = Sealed()

    __extra_args__ = (
        Index(
            "uq_social_accounts_identity",
            "organization_id",
            "platform",
            "connector",
            text("coalesce(account_id, handle)"),
            unique=True,
        ),
        Index(
            "ix_social_accounts_expiring",
            "expires_at",
            postgresql_where=text("is_active AND refresh_token IS NOT NULL"),
        ),
        CheckConstraint("NOT is_active OR access_token IS NOT NULL", name="active_has_token"),
        # The first byte of what `Sealed` writes. A token in plain text begins with a letter.
        CheckConstraint("get_byte(access_token, 0) = 1", name="access_token_sealed"),
        CheckConstraint("get_byte(refresh_token, 0) = 1", name="refresh_token_sealed"),
        CheckConstraint("char_length(handle) > 0", name="handle_given"),
        CheckConstraint("followers >= 0 AND following >= 0 AND posts >= 0", name="counters"),
    )


class OAuthFlow(Tenant, Base):
    """A person was sent to a network and is expected back with this state. Bound to who started it; used once."""

    __tablename__ = "oauth_flows"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    connector: Mapped[str] = mapped_column(Limited(50))
    server: Mapped[str] = mapped_column(Limited(500))
    state_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_verifier_sealed: Mapped[bytes] = mapped_column("code_verifier", LargeBinary)
    redirect_uri: Mapped[str] = mapped_column(Limited(2000))
    expires_at: Mapped[Instant]

    code_verifier = Sealed()

    __extra_args__ = (
        Index("uq_oauth_flows_state", "organization_id", "state_hash", unique=True),
        CheckConstraint("octet_length(state_hash) = 32", name="state_hash_sha256"),
        CheckConstraint("get_byte(code_verifier, 0) = 1", name="code_verifier_sealed"),
    )


class AccountLook(Tenant, Base):
    """What the network said when it was last asked whether it still lets an account in, and when that was."""

    __tablename__ = "account_looks"

    social_account_id: Mapped[UUID]
    asked_at: Mapped[Instant]
    answer: Mapped[LookAnswer] = mapped_column(enum_of(LookAnswer, "look_answer"))
    reason: Mapped[str | None] = mapped_column(Limited(2000))

    __extra_args__ = (
        owned_by("social_accounts", "social_account_id"),
        UniqueConstraint("organization_id", "social_account_id"),
        CheckConstraint("(answer IN ('OPEN', 'UNASKED')) = (reason IS NULL)", name="no_has_reason"),
    )
