"""Indexes for the library: the pieces of a network, of a pillar and of a writer, in the order of the plan.

The index on pillars gains the order; it serves the foreign key as well as the one before, which goes.

Revision: 0041; after: 0040.
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TABLE = "content_pieces"
NEW = {
    "ix_content_pieces_network_plan": "organization_id, platform, planned_for, id",
    "ix_content_pieces_pillar_plan": "organization_id, pillar_id, planned_for, id",
    "ix_content_pieces_author_plan": "organization_id, generated_by, planned_for, id",
}
OLD = {"ix_content_pieces_pillar": "organization_id, pillar_id"}


def _exchange(made: dict[str, str], dropped: dict[str, str]) -> None:
    """Building may take its time; one that was interrupted left an invalid index, which goes first."""
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")
        for name, columns in made.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {TABLE} ({columns})")
        for name in dropped:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute("SET statement_timeout = '10min'")


def upgrade() -> None:
    """Apply."""
    _exchange(NEW, OLD)


def downgrade() -> None:
    """Take back."""
    _exchange(OLD, NEW)
