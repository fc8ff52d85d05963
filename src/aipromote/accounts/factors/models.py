"""What a person proves beside a password, and what waits for such a proof. All of it goes with the person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aipromote.accounts.factors.states import Purpose
from aipromote.db.base import Base, Global, Instant
from aipromote.db.sealing import Sealed
from aipromote.db.types import Limited, enum_of


class AppFactor(Global, Base):
    """The secret that a person shares with an app (RFC 6238). It asks for nothing before a first right code."""

    __tablename__ = "app_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    secret = Sealed()
    secret_sealed: Mapped[bytes] = mapped_column("secret", LargeBinary)
    confirmed_at: Mapped[Instant | None]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The step of the newest code that was accepted. No code of it, or of one before, is accepted again."""

    __table_args__ = (
        CheckConstraint("get_byte(secret, 0) = 1", name="secret_sealed"),
        CheckConstraint("last_step >= 0", name="last_step_counts"),
        CheckConstraint("(confirmed_at IS NULL) = (last_step = 0)", name="confirmed_by_a_code"),
    )


class RecoveryCode(Global, Base):
    """One of the codes for a day without app and passkey. A used code stays, so that its use can be told."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[Instant | None]

    __table_args__ = (
        UniqueConstraint("user_id", "code_hash"),
        CheckConstraint("octet_length(code_hash) = 32", name="code_hash_sha256"),
    )


class Passkey(Global, Base):
    """A credential of a person's device. The private key never leaves the device; here is the public one."""

    __tablename__ = "passkeys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Limited(100))
    credential: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    last_used_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("name ~ '\\S'", name="name_given"),
        CheckConstraint("octet_length(credential) BETWEEN 1 AND 1023", name="credential_size"),
        CheckConstraint("octet_length(public_key) BETWEEN 1 AND 4096", name="public_key_size"),
        CheckConstraint("sign_count >= 0", name="sign_count_counts"),
    )


class Challenge(Global, Base):
    """What a passkey is asked to sign: for one purpose, of one browser, once."""

    __tablename__ = "passkey_challenges"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    purpose: Mapped[Purpose] = mapped_column(enum_of(Purpose, "passkey_purpose"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[Instant] = mapped_column(index=True)

    __table_args__ = (
        CheckConstraint("octet_length(challenge_hash) = 32", name="challenge_hash_sha256"),
        CheckConstraint("(user_id IS NULL) = (purpose = 'SIGN_IN')", name="person_known"),
    )


class PendingSignIn(Global, Base):
    """Somebody who gave the right password and still owes a second factor. It opens nothing but that question."""

    __tablename__ = "pending_sign_ins"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[Instant] = mapped_column(index=True)

    __table_args__ = (CheckConstraint("octet_length(token_hash) = 32", name="token_hash_sha256"),)
