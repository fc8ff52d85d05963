"""What networks said when they were asked about accounts, and doors that notice repairs and count plans.

The release before goes on working here: what it does not name has a default, and it makes no forecasts.

Revision: 0020; after: 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ANSWER = ENUM("UNASKED", "OPEN", "CLOSED", "FORBIDDEN", "SILENT", "NOT_RENEWED", name="look_answer", create_type=False)

# As in 0018.
DUE_FORECASTS = """
    CREATE OR REPLACE FUNCTION doors.due_forecasts(at timestamptz, until timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, due_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT d.organization_id, d.id, d.due_at FROM (
            SELECT p.organization_id, p.id, p.scheduled_at AS due_at{columns} FROM scheduled_posts p
             WHERE p.status = 'SCHEDULED' AND p.scheduled_at > at AND p.scheduled_at <= until
            UNION ALL
            SELECT p.organization_id, p.id, p.next_attempt_at{columns} FROM scheduled_posts p
             WHERE p.status = 'RETRYING' AND p.next_attempt_at > at AND p.next_attempt_at <= until) d
          LEFT JOIN post_forecasts f ON f.organization_id = d.organization_id AND f.scheduled_post_id = d.id
         WHERE f.id IS NULL OR f.next_check_at <= at{changed}
         ORDER BY d.due_at, d.id LIMIT how_many
    $$
"""
COLUMNS = ", p.content_piece_id, p.social_account_id, p.updated_at"
# A person who repairs something should not have to wait for the next look. Rows are stamped when the transaction that
# changes them begins and are seen when it has committed; until some seconds later they count as just changed.
CHANGED = """
            OR d.updated_at > f.seen_at - interval '20 seconds'
            OR EXISTS (SELECT FROM content_pieces c
                        WHERE c.organization_id = d.organization_id AND c.id = d.content_piece_id
                          AND c.updated_at > f.seen_at - interval '20 seconds')
            OR EXISTS (SELECT FROM approvals a
                        WHERE a.organization_id = d.organization_id AND a.piece_id = d.content_piece_id
                          AND a.updated_at > f.seen_at - interval '20 seconds')
            OR EXISTS (SELECT FROM social_accounts s
                        WHERE s.organization_id = d.organization_id AND s.id = d.social_account_id
                          AND s.updated_at > f.seen_at - interval '20 seconds')"""

# A plan counts the posts of all organizations of its owner. Which of them come first, for owners who have a limit.
PLANNED_OF_OWNERS = """
    CREATE OR REPLACE FUNCTION doors.planned_of_owners(owners uuid[], until timestamptz)
    RETURNS TABLE (owner_id uuid, organization_id uuid, id uuid, due_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT o.owner_id, d.organization_id, d.id, d.due_at FROM (
            SELECT p.organization_id, p.id, p.scheduled_at AS due_at FROM scheduled_posts p
             WHERE p.status = 'SCHEDULED' AND p.scheduled_at <= until
            UNION ALL
            SELECT p.organization_id, p.id, p.next_attempt_at FROM scheduled_posts p
             WHERE p.status = 'RETRYING' AND p.next_attempt_at <= until) d
          JOIN organizations o ON o.id = d.organization_id
         WHERE o.owner_id = ANY (owners)
         ORDER BY d.due_at, d.id
    $$
"""
PLANNED = "planned_of_owners(uuid[], timestamptz)"


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE post_forecasts ADD COLUMN IF NOT EXISTS seen_at timestamptz DEFAULT now() NOT NULL")
    op.execute("CREATE TYPE look_answer AS ENUM ('UNASKED', 'OPEN', 'CLOSED', 'FORBIDDEN', 'SILENT', 'NOT_RENEWED')")
    op.create_table(
        "account_looks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("social_account_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", ANSWER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_account_looks"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_account_looks_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "social_account_id"],
            ["social_accounts.organization_id", "social_accounts.id"],
            name="fk_account_looks_social_account_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("organization_id", "social_account_id", name="uq_account_looks_social_account_id"),
        sa.CheckConstraint("(answer IN ('OPEN', 'UNASKED')) = (reason IS NULL)", name="ck_account_looks_no_has_reason"),
        sa.CheckConstraint("char_length(reason) <= 2000", name="ck_account_looks_reason_length"),
    )
    for make in (grant, protect, stamp, stay):
        for statement in make("account_looks"):
            op.execute(statement)
    op.execute(DUE_FORECASTS.format(columns=COLUMNS, changed=CHANGED))
    op.execute(PLANNED_OF_OWNERS)
    op.execute(f"REVOKE ALL ON FUNCTION doors.{PLANNED} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION doors.{PLANNED} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP FUNCTION doors.{PLANNED}")
    op.execute(DUE_FORECASTS.format(columns="", changed=""))
    op.drop_table("account_looks")
    op.execute("DROP TYPE look_answer")
    op.execute("ALTER TABLE post_forecasts DROP COLUMN seen_at")
