"""Invitations, at most one owner of an organization, and the log by person and by kind.

The release before goes on working here: it knows no invitations, and makes one owner of each organization itself.

Revision: 0038; after: 0037.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INDEXES = {
    "uq_memberships_owner": "UNIQUE INDEX CONCURRENTLY {} ON memberships (organization_id) WHERE role = 'OWNER'",
    "ix_audit_log_person": "INDEX CONCURRENTLY {} ON audit_log (organization_id, user_id, created_at, id)",
    "ix_audit_log_kind": "INDEX CONCURRENTLY {} ON audit_log (organization_id, subject, created_at, id)",
}


def _instant(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", ENUM(name="member_role", create_type=False), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        _instant("sent_at"),
        _instant("expires_at"),
        _instant("accepted_at", nullable=True),
        _instant("revoked_at", nullable=True),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_invitations"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_invitations_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name="fk_invitations_invited_by", ondelete="CASCADE"),
        sa.CheckConstraint("char_length(email) <= 320", name="ck_invitations_email_length"),
        sa.CheckConstraint("email LIKE '_%@_%'", name="ck_invitations_email_form"),
        sa.CheckConstraint("role <> 'OWNER'", name="ck_invitations_role_below_owner"),
        sa.CheckConstraint("round >= 1", name="ck_invitations_round_counts"),
        sa.CheckConstraint("expires_at > sent_at", name="ck_invitations_ends_after_it_was_sent"),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ck_invitations_ends_once"),
    )
    op.create_index("ix_invitations_invited_by", "invitations", ["invited_by"])
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["organization_id", sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )


def upgrade() -> None:
    """Apply. What stands in the block can be run again; the table comes after it."""
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE {definition.format(f'IF NOT EXISTS {name}')}")
    _invitations()
    for make in (grant, protect, stamp, stay):
        for statement in make("invitations"):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE IF EXISTS invitations")
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
