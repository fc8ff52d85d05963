"""Claims on messages, so that two workers never deliver the same one at the same time.

Revision: 0003; after: 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("notifications", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint("ck_notifications_claim", "notifications", "claimed_until IS NULL OR status = 'PENDING'")


def downgrade() -> None:
    """Take back."""
    op.drop_constraint("ck_notifications_claim", "notifications", type_="check")
    op.drop_column("notifications", "claimed_until")
