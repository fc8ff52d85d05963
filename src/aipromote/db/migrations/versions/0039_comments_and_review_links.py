"""Comments on pieces, links for reviewers without an account, and which approvals came by such a link.

The release before goes on working here: it knows none of the new tables, and the new column may be empty.

Revision: 0039; after: 0038.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

CHECK = "ck_approvals_link_sets_nothing_aside"
TABLES = ("piece_comments", "review_links", "review_link_pieces")


def upgrade() -> None:
    """Apply. What stands before the block can be run again; the tables come after it."""
    op.execute("ALTER TABLE approvals ADD COLUMN IF NOT EXISTS review_link_id uuid")
    condition = "review_link_id IS NULL OR override_reason IS NULL"
    op.execute(
        f"ALTER TABLE approvals DROP CONSTRAINT IF EXISTS {CHECK}, ADD CONSTRAINT {CHECK} CHECK ({condition}) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE approvals VALIDATE CONSTRAINT {CHECK}")
    _comments()
    _links()
    for table in TABLES:
        for make in (grant, protect, stamp, stay):
            for statement in make(table):
                op.execute(statement)


def _comments() -> None:
    table = "piece_comments"
    op.create_table(
        table,
        *_owned(table),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *_texts(table, said=5000, author=200, nullable=False),
        *_texts(table, quote=2000, resolved_by=200),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("review_link_id", sa.Uuid(), nullable=True),
        _instant("resolved_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "piece_id", "revision"],
            ["content_revisions.organization_id", "content_revisions.piece_id", "content_revisions.number"],
            name=f"fk_{table}_piece_id_revision",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{table}_user_id", deferrable=True, initially="DEFERRED"
        ),
        sa.CheckConstraint("char_length(btrim(said)) > 0", name=f"ck_{table}_said_given"),
        sa.CheckConstraint("char_length(btrim(quote)) > 0", name=f"ck_{table}_quote_given"),
        sa.CheckConstraint("user_id IS NULL OR review_link_id IS NULL", name=f"ck_{table}_one_author"),
        sa.CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name=f"ck_{table}_resolved_by_somebody"),
    )
    op.create_index(f"ix_{table}_thread", table, ["organization_id", "piece_id", "revision", "id"])
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])


def _links() -> None:
    table = "review_links"
    op.create_table(
        table,
        *_owned(table),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *_texts(table, reviewer=80, nullable=False),
        *_texts(table, email=320),
        sa.Column("may_approve", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _instant("expires_at"),
        _instant("revoked_at", nullable=True),
        _instant("last_used_at", nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "token_hash", name=f"uq_{table}_token_hash"),
        sa.CheckConstraint("char_length(btrim(reviewer)) > 0", name=f"ck_{table}_reviewer_given"),
        sa.CheckConstraint("email LIKE '_%@_%'", name=f"ck_{table}_email_form"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name=f"ck_{table}_token_hash_sha256"),
    )
    op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    table = "review_link_pieces"
    op.create_table(
        table,
        *_owned(table),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        _inside(table, "link_id", "review_links"),
        _inside(table, "piece_id", "content_pieces"),
        sa.UniqueConstraint("organization_id", "link_id", "piece_id", name=f"uq_{table}_link_id_piece_id"),
    )
    op.create_index(f"ix_{table}_piece", table, ["organization_id", "piece_id"])


def _owned(table: str) -> list[Any]:
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    ]


def _inside(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{target}.organization_id", f"{target}.id"],
        name=f"fk_{table}_{column}",
        ondelete="CASCADE",
    )


def _instant(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _texts(table: str, *, nullable: bool = True, **longest: int) -> list[Any]:
    columns = [sa.Column(name, sa.Text(), nullable=nullable) for name in longest]
    lengths = [
        sa.CheckConstraint(f"char_length({name}) <= {most}", name=f"ck_{table}_{name}_length")
        for name, most in longest.items()
    ]
    return [*columns, *lengths]


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("ALTER TABLE approvals DROP COLUMN review_link_id")
