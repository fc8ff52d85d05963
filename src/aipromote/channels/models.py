"""Connected accounts, what networks said of them last, ways to a network and back that are under way, and apps."""

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
    that is refreshing the tokens, or the wait after a refresh that failed. `client_id` names the app through which the
    account was connected, where its network has apps: no other can refresh or revoke its tokens.
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
    client_id: Mapped[str | None] = mapped_column(Limited(500))
    connected_at: Mapped[Instant | None]
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
    """A person was sent to a network and is expected back with this state. Bound to who started it; used once.

    `hint` is a JSON object of what the person typed before they left.
    """

    __tablename__ = "oauth_flows"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    connector: Mapped[str] = mapped_column(Limited(50))
    server: Mapped[str] = mapped_column(Limited(500))
    state_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code_verifier_sealed: Mapped[bytes] = mapped_column("code_verifier", LargeBinary)
    redirect_uri: Mapped[str] = mapped_column(Limited(2000))
    client_id: Mapped[str | None] = mapped_column(Limited(500))
    hint_sealed: Mapped[bytes | None] = mapped_column("hint", LargeBinary)
    expires_at: Mapped[Instant]

    code_verifier = Sealed()
    hint = Sealed()

    __extra_args__ = (
        Index("uq_oauth_flows_state", "organization_id", "state_hash", unique=True),
        CheckConstraint("octet_length(state_hash) = 32", name="state_hash_sha256"),
        CheckConstraint("get_byte(code_verifier, 0) = 1", name="code_verifier_sealed"),
        CheckConstraint("get_byte(hint, 0) = 1", name="hint_sealed"),
    )


class ConnectChoice(Tenant, Base):
    """A network opened several places at once, and the person has not said yet which to connect. Used once.

    `grants` is a JSON list (see `choices`), tokens included.
    """

    __tablename__ = "connect_choices"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    platform: Mapped[Platform] = mapped_column(enum_of(Platform, "platform"))
    connector: Mapped[str] = mapped_column(Limited(50))
    client_id: Mapped[str | None] = mapped_column(Limited(500))
    grants_sealed: Mapped[bytes] = mapped_column("grants", LargeBinary)
    expires_at: Mapped[Instant]

    grants = Sealed()

    __extra_args__ = (CheckConstraint("get_byte(grants, 0) = 1", name="grants_sealed"),)


class NetworkApp(Tenant, Base):
    """What a network knows this instance by: an app that the operator registered, or that a server registered itself.

    All rows are those of the product's own organization; accounts of others find them through a door. The newest
    `chosen_at` of a server connects; the others go on for the accounts that were connected through them.
    `redirect_uri` is set where the server registered the app by itself: it sends people to that address only.
    """

    __tablename__ = "network_apps"

    connector: Mapped[str] = mapped_column(Limited(50))
    server: Mapped[str] = mapped_column(Limited(500))
    client_id: Mapped[str] = mapped_column(Limited(500))
    client_secret_sealed: Mapped[bytes | None] = mapped_column("client_secret", LargeBinary)
    redirect_uri: Mapped[str | None] = mapped_column(Limited(2000))
    chosen_at: Mapped[Instant]

    client_secret = Sealed()

    __extra_args__ = (
        UniqueConstraint("organization_id", "connector", "server", "client_id", name="uq_network_apps_identity"),
        CheckConstraint("char_length(client_id) > 0", name="client_id_given"),
        CheckConstraint("get_byte(client_secret, 0) = 1", name="client_secret_sealed"),
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
