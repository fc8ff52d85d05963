"""Who stopped a request to write.

The release before goes on working here: what it does not name has a default.

Revision: 0026; after: 0021.
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0021"
branch_labels = None
depends_on = None

CHECKS = {
    "cancelled_has_ended": "cancelled_by IS NULL OR status = 'FAILED'",
    "cancelled_by_length": "char_length(cancelled_by) <= 200",
}


def upgrade() -> None:
    """Apply. What stands before the block can be run again; the tables come after it."""
    op.execute("ALTER TABLE generation_requests ADD COLUMN IF NOT EXISTS cancelled_by text")
    for name, condition in CHECKS.items():
        again = f"DROP CONSTRAINT IF EXISTS ck_generation_requests_{name}, ADD CONSTRAINT ck_generation_requests_{name}"
        op.execute(f"ALTER TABLE generation_requests {again} CHECK ({condition}) NOT VALID")
    with op.get_context().autocommit_block():
        for name in CHECKS:
            op.execute(f"ALTER TABLE generation_requests VALIDATE CONSTRAINT ck_generation_requests_{name}")


def downgrade() -> None:
    """Take back."""
    op.execute("ALTER TABLE generation_requests DROP COLUMN cancelled_by")
