"""Letters about accounts with the links in them, identities at providers, and where sessions were seen last.

Everybody who has an account by now was let in by whoever holds the machine: their addresses count as theirs.

Revision: 0037; after: 0036.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from aipromote.db.backfill import Backfill, in_migration
from aipromote.db.tenancy import grant, stamp

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

CHECK = "ck_users_language_length"
LET_IN = Backfill(
    table="users", change="verified = true", undone="password_hash IS NOT NULL AND NOT verified", key=("id",)
)
TABLES = ("account_letters", "user_identities", "sign_in_flows")


def _instant(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _stamps() -> tuple[sa.Column[object], sa.Column[object]]:
    return _instant("created_at", nullable=False, now=True), _instant("updated_at", nullable=False, now=True)


def _letters() -> None:
    op.create_table(
        "account_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column(
            "status",
            postgresql.ENUM(name="delivery_status", create_type=False),
            server_default="PENDING",
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        _instant("claimed_until"),
        _instant("delivered_at"),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        _instant("expires_at"),
        _instant("used_at"),
        *_stamps(),
        sa.CheckConstraint("(status = 'SENT') = (delivered_at IS NOT NULL)", name="ck_account_letters_sent_has_time"),
        sa.CheckConstraint("claimed_until IS NULL OR status = 'PENDING'", name="ck_account_letters_claim"),
        sa.CheckConstraint(
            "status <> 'FAILED' OR error_message IS NOT NULL", name="ck_account_letters_failure_has_reason"
        ),
        sa.CheckConstraint("attempts >= 0", name="ck_account_letters_counters"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="ck_account_letters_token_hash_sha256"),
        sa.CheckConstraint("(token_hash IS NULL) = (expires_at IS NULL)", name="ck_account_letters_link_ends"),
        sa.CheckConstraint("token_hash IS NULL OR user_id IS NOT NULL", name="ck_account_letters_link_is_somebodys"),
        sa.CheckConstraint("used_at IS NULL OR token_hash IS NOT NULL", name="ck_account_letters_used_was_link"),
        sa.CheckConstraint("char_length(template) <= 50", name="ck_account_letters_template_length"),
        sa.CheckConstraint("char_length(recipient) <= 320", name="ck_account_letters_recipient_length"),
        sa.CheckConstraint("char_length(detail) <= 320", name="ck_account_letters_detail_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_account_letters_error_message_length"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_account_letters_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_account_letters"),
        sa.UniqueConstraint("token_hash", name="uq_account_letters_token_hash"),
    )
    op.create_index("ix_account_letters_user_id", "account_letters", ["user_id", "created_at"])
    op.create_index(
        "ix_account_letters_owed", "account_letters", ["created_at"], postgresql_where=sa.text("status = 'PENDING'")
    )


def _identities() -> None:
    provider = postgresql.ENUM("google", "github", name="identity_provider", create_type=False)
    op.execute("CREATE TYPE identity_provider AS ENUM ('google', 'github')")
    op.create_table(
        "user_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", provider, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        *_stamps(),
        sa.CheckConstraint("subject <> ''", name="ck_user_identities_subject_given"),
        sa.CheckConstraint("char_length(subject) <= 255", name="ck_user_identities_subject_length"),
        sa.CheckConstraint("char_length(email) <= 320", name="ck_user_identities_email_length"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_identities_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_user_identities"),
        sa.UniqueConstraint("provider", "subject", name="uq_user_identities_provider_subject"),
        sa.UniqueConstraint("user_id", "provider", name="uq_user_identities_user_id_provider"),
    )
    op.create_table(
        "sign_in_flows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider", provider, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        _instant("expires_at", nullable=False),
        *_stamps(),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="ck_sign_in_flows_token_hash_sha256"),
        sa.CheckConstraint("char_length(after) <= 2000", name="ck_sign_in_flows_after_length"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sign_in_flows_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_flows"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_flows_token_hash"),
    )
    op.create_index("ix_sign_in_flows_user_id", "sign_in_flows", ["user_id"])


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE users ADD COLUMN IF NOT EXISTS language text")
    op.execute(
        f"ALTER TABLE users DROP CONSTRAINT IF EXISTS {CHECK}, "
        f"ADD CONSTRAINT {CHECK} CHECK (char_length(language) <= 35) NOT VALID"
    )
    op.execute("ALTER TABLE sessions ADD COLUMN IF NOT EXISTS last_seen_at timestamptz")
    in_migration(LET_IN)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE users VALIDATE CONSTRAINT {CHECK}")
    _letters()
    _identities()
    for table in TABLES:
        for statement in (*grant(table), *stamp(table)):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP TYPE identity_provider")
    op.drop_column("sessions", "last_seen_at")
    op.drop_column("users", "language")
