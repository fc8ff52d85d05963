"""The index of tokens that end soon, and the CHECKs of 0018 on the rows that were there before.

Revision: 0019; after: 0018.
"""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEX = "ix_social_accounts_expiring"
CHECKS = {"organizations": "late_minutes_range", "publish_attempts": "handle_length"}


def upgrade() -> None:
    """Apply."""
    with op.get_context().autocommit_block():
        for table, name in CHECKS.items():
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON social_accounts (expires_at) "
            "WHERE is_active AND refresh_token IS NOT NULL"
        )


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP INDEX {INDEX}")
