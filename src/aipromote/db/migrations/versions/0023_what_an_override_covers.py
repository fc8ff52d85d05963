"""Which findings a person set aside when they approved a revision against them.

The column has no default, and its CHECKs have no row that could break them: rows from before have NULL, which means all
findings, as it did then. 0029 validates them. The release before goes on working here, and writes NULL.

Revision: 0023; after: 0022.
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHECKS = {
    "set_aside_no_nulls": "array_position(set_aside, NULL) IS NULL",
    "set_aside_by_override": "set_aside IS NULL OR override_reason IS NOT NULL",
}


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE approvals ADD COLUMN set_aside text[]")
    for name, condition in CHECKS.items():
        op.execute(f"ALTER TABLE approvals ADD CONSTRAINT ck_approvals_{name} CHECK ({condition}) NOT VALID")


def downgrade() -> None:
    """Take back."""
    op.execute("ALTER TABLE approvals DROP COLUMN set_aside")
