"""The checks of what an override covers hold for all rows.

A validation reads the table while people write to it, so it stands in no transaction with another change.

Revision: 0029; after: 0028.
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

CHECKS = ("set_aside_no_nulls", "set_aside_by_override")


def upgrade() -> None:
    """Apply."""
    with op.get_context().autocommit_block():
        for name in CHECKS:
            op.execute(f"ALTER TABLE approvals VALIDATE CONSTRAINT ck_approvals_{name}")


def downgrade() -> None:
    """Take back: there is nothing to do, a check that holds for all rows harms nobody."""
    op.execute("SELECT 1")
