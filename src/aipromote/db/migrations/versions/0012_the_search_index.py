"""An index on what searches look in, built without blocking anybody.

Revision: 0012; after: 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "ix_content_pieces_search"


def _columns() -> str:
    """Only with the extension can the organization stand in the index, too; without it each hit is checked after."""
    context = op.get_context()
    if not context.as_sql and not op.get_bind().scalar(
        sa.text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin')")
    ):
        return "search"
    return "organization_id, search"


def upgrade() -> None:
    """Apply. Building may take its time; one that was interrupted left an invalid index, which goes first."""
    with op.get_context().autocommit_block():
        op.execute("SET statement_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON content_pieces USING gin ({_columns()})")
        op.execute("SET statement_timeout = '10min'")


def downgrade() -> None:
    """Take back."""
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
