"""Let a person be deleted together with the organizations they own, whatever they wrote or decided there.

RESTRICT looks for such rows before the cascade through the organization has reached them, and so refused to delete every
owner who had ever approved a text. A check at the end of the transaction refuses only what would really be left behind:
rows in organizations that stay.

Revision: 0004; after: 0003.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = (
    ("facts", "recorded_by"),
    ("generation_requests", "asked_by"),
    ("content_revisions", "author_id"),
    ("approvals", "user_id"),
)


def upgrade() -> None:
    """Apply."""
    _replace("DEFERRABLE INITIALLY DEFERRED")


def downgrade() -> None:
    """Take back."""
    _replace("ON DELETE RESTRICT")


def _replace(rule: str) -> None:
    for table, column in COLUMNS:
        name = f"fk_{table}_{column}"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        # Not valid first: adding the constraint then takes no look at the rows, and the look takes no strong lock.
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES users (id) {rule} NOT VALID"
        )
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
