"""How often a request to write was taken since it last got any further.

The number of a claim only grows from now on. The release before goes on working here: the column has a default.

Revision: 0031; after: 0030.
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

NAME = "ck_generation_requests_fruitless_counts"


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE generation_requests ADD COLUMN IF NOT EXISTS fruitless_claims integer NOT NULL DEFAULT 0")
    again = f"DROP CONSTRAINT IF EXISTS {NAME}, ADD CONSTRAINT {NAME}"
    op.execute(f"ALTER TABLE generation_requests {again} CHECK (fruitless_claims >= 0) NOT VALID")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE generation_requests VALIDATE CONSTRAINT {NAME}")


def downgrade() -> None:
    """Take back."""
    op.execute("ALTER TABLE generation_requests DROP COLUMN fruitless_claims")
