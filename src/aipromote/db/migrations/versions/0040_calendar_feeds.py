"""The addresses under which people's own calendars show what goes out.

The release before goes on working here: it does not know the new table.

Revision: 0040; after: 0039.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def _instant(name: str, *, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=not now, server_default=sa.text("now()") if now else None
    )


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendar_feeds",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        _instant("last_fetched_at"),
        _instant("revoked_at"),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_calendar_feeds"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_calendar_feeds_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_calendar_feeds_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "token_hash", name="uq_calendar_feeds_token_hash"),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="ck_calendar_feeds_token_hash_sha256"),
    )
    op.create_index("ix_calendar_feeds_user_id", "calendar_feeds", ["user_id"])
    op.create_index(
        "uq_calendar_feeds_open",
        "calendar_feeds",
        ["organization_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    for make in (grant, protect, stamp, stay):
        for statement in make("calendar_feeds"):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("calendar_feeds")
