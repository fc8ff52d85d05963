"""The check of what versions of the plan were written from holds for all rows.

A validation reads the table while people write to it, so it stands in no transaction with another change.

Revision: 0035; after: 0034.
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE ai_strategies VALIDATE CONSTRAINT ck_ai_strategies_sources_array")


def downgrade() -> None:
    """Take back: there is nothing to do, a check that holds for all rows harms nobody."""
    op.execute("SELECT 1")
