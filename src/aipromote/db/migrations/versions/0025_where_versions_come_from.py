"""Where versions of a plan come from, what was decided on each change, and pieces that are taken out of the archive.

New tables only. The release before goes on working here: it knows no origins and decides on proposals as a whole, and a
piece that may leave the archive never does so by its hands.

Revision: 0025; after: 0024.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM, JSONB

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ORIGIN = ENUM("EDITED", "ASSEMBLED", "ADVISED", name="strategy_origin", create_type=False)
DECISION = ENUM("ACCEPTED", "REJECTED", name="change_decision", create_type=False)

# As in 0002.
FORMER_MOVES: Mapping[str, tuple[str, ...]] = {
    "DRAFT": ("PENDING_REVIEW", "ARCHIVED"),
    "PENDING_REVIEW": ("APPROVED", "DRAFT", "ARCHIVED"),
    "APPROVED": ("SCHEDULED", "DRAFT", "PENDING_REVIEW", "ARCHIVED"),
    "SCHEDULED": ("PUBLISHED", "FAILED", "APPROVED", "DRAFT", "PENDING_REVIEW", "ARCHIVED"),
    "PUBLISHED": ("ARCHIVED",),
    "FAILED": ("SCHEDULED", "PUBLISHED", "DRAFT", "PENDING_REVIEW", "ARCHIVED"),
}
MOVES: Mapping[str, tuple[str, ...]] = {**FORMER_MOVES, "ARCHIVED": ("PENDING_REVIEW",)}


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE TYPE strategy_origin AS ENUM ('EDITED', 'ASSEMBLED', 'ADVISED')")
    op.execute("CREATE TYPE change_decision AS ENUM ('ACCEPTED', 'REJECTED')")
    _origins()
    _changes()
    for table in ("strategy_origins", "strategy_changes"):
        for statement in (*grant(table), *protect(table), *stamp(table), *stay(table)):
            op.execute(statement)
    _guard_pieces(MOVES)


def _origins() -> None:
    table = "strategy_origins"
    op.create_table(
        table,
        *_owned(table, "parent_id"),
        sa.Column("kind", ORIGIN, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.UniqueConstraint("organization_id", "strategy_id", name="uq_strategy_origins_strategy_id"),
        sa.CheckConstraint("char_length(author) <= 200", name="ck_strategy_origins_author_length"),
        sa.CheckConstraint("char_length(note) <= 2000", name="ck_strategy_origins_note_length"),
    )
    op.create_index("ix_strategy_origins_parent", table, ["organization_id", "parent_id"])
    op.create_index("ix_strategy_origins_user_id", table, ["user_id"])


def _changes() -> None:
    table = "strategy_changes"
    op.create_table(
        table,
        *_owned(table, "base_id"),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("change", JSONB(), nullable=False),
        sa.Column("decision", DECISION, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "organization_id",
            "strategy_id",
            "base_id",
            "digest",
            name="uq_strategy_changes_strategy_id_base_id_digest",
        ),
        sa.CheckConstraint("char_length(digest) <= 16", name="ck_strategy_changes_digest_length"),
        sa.CheckConstraint("jsonb_typeof(change) = 'object'", name="ck_strategy_changes_change_object"),
        sa.CheckConstraint("char_length(decided_by) <= 200", name="ck_strategy_changes_decided_by_length"),
    )
    op.create_index("ix_strategy_changes_base", table, ["organization_id", "base_id"])
    op.create_index("ix_strategy_changes_user_id", table, ["user_id"])


def _owned(table: str, other: str) -> list[sa.schema.SchemaItem]:
    """A tenant table's columns and keys, between two versions, and who made the row."""
    versions = ["ai_strategies.organization_id", "ai_strategies.id"]
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("strategy_id", sa.Uuid(), nullable=False),
        sa.Column(other, sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column], versions, name=f"fk_{table}_{column}", ondelete="CASCADE"
            )
            for column in ("strategy_id", other)
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{table}_user_id", deferrable=True, initially="DEFERRED"
        ),
    ]


def _guard_pieces(moves: Mapping[str, tuple[str, ...]]) -> None:
    allowed = ", ".join(f"'{before}>{after}'" for before in moves for after in sorted(moves[before]))
    op.execute(
        "CREATE OR REPLACE TRIGGER content_pieces_moves BEFORE UPDATE OF status ON content_pieces FOR EACH ROW "
        f"WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION refuse_move({allowed})"
    )


def downgrade() -> None:
    """Take back."""
    _guard_pieces(FORMER_MOVES)
    op.drop_table("strategy_changes")
    op.drop_table("strategy_origins")
    op.execute("DROP TYPE change_decision")
    op.execute("DROP TYPE strategy_origin")
