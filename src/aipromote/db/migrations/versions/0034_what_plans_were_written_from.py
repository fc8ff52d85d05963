"""What versions of the plan were written from.

The check holds for what is written from here on; 0035 looks at the rows that are there. The release before goes on
working here: it never names the column.

Revision: 0034; after: 0033.
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

CHECK = "ck_ai_strategies_sources_array"


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE ai_strategies ADD COLUMN IF NOT EXISTS sources jsonb")
    op.execute(
        f"ALTER TABLE ai_strategies DROP CONSTRAINT IF EXISTS {CHECK}, "
        f"ADD CONSTRAINT {CHECK} CHECK (jsonb_typeof(sources) = 'array') NOT VALID"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("ai_strategies", "sources")
