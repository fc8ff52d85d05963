"""The pace of accounts, forecasts of posts, and what publishing needs beside them.

New columns have no default that rewrites, and their CHECKs look at no row when they are added. The release before goes
on working here: it knows nothing of paces and forecasts, and writes none.

Revision: 0018; after: 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM, JSONB

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FORECAST_STATE = ENUM("WILL_PUBLISH", "AT_RISK", name="forecast_state", create_type=False)
ADDED = {
    "organizations": {"late_minutes": "integer", "is_internal": "boolean DEFAULT false NOT NULL"},
    "social_accounts": {"refresh_not_before": "timestamptz"},
    "publish_attempts": {"handle": "text"},
}
CHECKS = {
    "organizations": {"late_minutes_range": "late_minutes BETWEEN 5 AND 43200"},
    "publish_attempts": {"handle_length": "char_length(handle) <= 500"},
}

DOORS = (
    # Posts that come due within the time asked for and whose forecast is missing or to be made anew, the next due first.
    """
    CREATE OR REPLACE FUNCTION doors.due_forecasts(at timestamptz, until timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, due_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT d.organization_id, d.id, d.due_at FROM (
            SELECT p.organization_id, p.id, p.scheduled_at AS due_at FROM scheduled_posts p
             WHERE p.status = 'SCHEDULED' AND p.scheduled_at > at AND p.scheduled_at <= until
            UNION ALL
            SELECT p.organization_id, p.id, p.next_attempt_at FROM scheduled_posts p
             WHERE p.status = 'RETRYING' AND p.next_attempt_at > at AND p.next_attempt_at <= until) d
          LEFT JOIN post_forecasts f ON f.organization_id = d.organization_id AND f.scheduled_post_id = d.id
         WHERE f.id IS NULL OR f.next_check_at <= at
         ORDER BY d.due_at, d.id LIMIT how_many
    $$
    """,
    # Posts that are not due yet, by what is expected of them: counts, no ids.
    """
    CREATE OR REPLACE FUNCTION doors.forecasts(at timestamptz)
    RETURNS TABLE (state forecast_state, posts bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT f.state, count(*)
          FROM scheduled_posts p
          JOIN post_forecasts f ON f.organization_id = p.organization_id AND f.scheduled_post_id = p.id
         WHERE p.status = 'SCHEDULED' AND p.scheduled_at > at AND p.scheduled_at <= at + interval '2 days'
         GROUP BY f.state
    $$
    """,
    # Accounts whose tokens end before an instant and can be refreshed: ids, for the worker that does so ahead of time.
    """
    CREATE OR REPLACE FUNCTION doors.expiring_accounts(at timestamptz, until timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT a.organization_id, a.id FROM social_accounts a
         WHERE a.is_active AND a.refresh_token IS NOT NULL AND a.expires_at <= until
           AND (a.refresh_not_before IS NULL OR a.refresh_not_before <= at)
         ORDER BY a.expires_at LIMIT how_many
    $$
    """,
)
NAMES = (
    "due_forecasts(timestamptz, timestamptz, int)", "forecasts(timestamptz)",
    "expiring_accounts(timestamptz, timestamptz, int)",
)  # fmt: skip

HELD = (
    "AND NOT EXISTS (SELECT FROM publishing_holds h WHERE h.organization_id = p.organization_id "
    "AND h.released_at IS NULL)"
)
# As in 0008.
OVERDUE = """
    CREATE OR REPLACE FUNCTION doors.overdue(at timestamptz)
    RETURNS TABLE (queue text, owed bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT 'publishing', count(*), min(d.due_at) FROM (
            SELECT p.scheduled_at AS due_at FROM scheduled_posts p
             WHERE p.status = 'SCHEDULED' AND p.scheduled_at <= at {held}
            UNION ALL
            SELECT p.next_attempt_at FROM scheduled_posts p
             WHERE p.status IN ('RETRYING', 'UNCONFIRMED') AND p.next_attempt_at <= at {held}
            UNION ALL
            SELECT p.claimed_until FROM scheduled_posts p
             WHERE p.status = 'PUBLISHING' AND p.claimed_until <= at {held}) d
        UNION ALL
        SELECT CASE r.kind WHEN 'STRATEGY' THEN 'strategy-generation' ELSE 'content-generation' END,
               count(*), min(r.created_at)
          FROM generation_requests r WHERE r.status IN ('PENDING', 'RUNNING') GROUP BY r.kind
        UNION ALL
        SELECT 'email', count(*), min(n.created_at) FROM notifications n WHERE n.status = 'PENDING'
    $$
"""
# A request counts from when it should have been begun: one that is being written is not late while its lease runs.
OVERDUE_NOW = OVERDUE.replace(
    "count(*), min(r.created_at)\n          FROM generation_requests r WHERE r.status IN ('PENDING', 'RUNNING')",
    "count(*), min(coalesce(r.claimed_until, r.created_at))\n          FROM generation_requests r\n"
    "         WHERE r.status = 'PENDING' AND r.created_at <= at OR r.status = 'RUNNING' AND r.claimed_until <= at\n"
    "        ",
).replace(
    "FROM notifications n WHERE n.status = 'PENDING'",
    "FROM notifications n\n         WHERE n.status = 'PENDING' AND n.created_at <= at\n"
    "        UNION ALL\n"
    "        SELECT 'analytics', count(*), min(p.next_capture_at) FROM scheduled_posts p\n"
    "         WHERE p.next_capture_at <= at AND p.next_capture_at > at - interval '7 days'",
)

# As in 0014; nobody reads a letter about the product's own canaries.
OWED_SUMMARIES = """
    CREATE OR REPLACE FUNCTION doors.owed_summaries(at timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, week_start date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT o.id, w.monday
          FROM organizations o
         CROSS JOIN LATERAL (
               SELECT date_trunc('week', at AT TIME ZONE o.time_zone)::date - 7 * back AS monday
                 FROM generate_series(1, 6) AS back) w
         CROSS JOIN LATERAL (
               SELECT w.monday::timestamp AT TIME ZONE o.time_zone AS begun,
                      (w.monday + 7)::timestamp AT TIME ZONE o.time_zone AS ended) t
         WHERE t.ended <= at {internal}
           AND NOT EXISTS (
               SELECT 1 FROM weekly_summaries s WHERE s.organization_id = o.id AND s.week_start = w.monday)
           AND EXISTS (
               SELECT 1 FROM scheduled_posts p
                WHERE p.organization_id = o.id AND p.status = 'PUBLISHED'
                  AND p.published_at >= greatest(t.begun, at - interval '35 days') AND p.published_at < t.ended)
         ORDER BY w.monday, o.id LIMIT how_many
    $$
"""


def upgrade() -> None:
    """Apply."""
    for table, columns in ADDED.items():
        for name, kind in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}")
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
    _tables()
    op.execute(OVERDUE_NOW.format(held=HELD))
    op.execute(OWED_SUMMARIES.format(internal="AND NOT o.is_internal"))
    for statement, name in zip(DOORS, NAMES, strict=True):
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION doors.{name} FROM public")
        op.execute(f"GRANT EXECUTE ON FUNCTION doors.{name} TO aipromote_app")


def _tables() -> None:
    op.execute("CREATE TYPE forecast_state AS ENUM ('WILL_PUBLISH', 'AT_RISK')")
    op.create_table(
        "account_paces",
        *_owned("account_paces", "social_account_id", "social_accounts"),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("buckets", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_kind", sa.Text(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nulls(closed_until, closed_kind, closed_reason) IN (0, 3)", name="ck_account_paces_closed_with_reason"
        ),
        sa.CheckConstraint("jsonb_typeof(buckets) = 'array'", name="ck_account_paces_buckets_array"),
        sa.CheckConstraint("char_length(closed_kind) <= 50", name="ck_account_paces_closed_kind_length"),
        sa.CheckConstraint("char_length(closed_reason) <= 2000", name="ck_account_paces_closed_reason_length"),
    )
    op.create_table(
        "post_forecasts",
        *_owned("post_forecasts", "scheduled_post_id", "scheduled_posts"),
        sa.Column("state", FORECAST_STATE, nullable=False),
        sa.Column("risks", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("risk_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'AT_RISK') = (risks <> '[]'::jsonb)", name="ck_post_forecasts_risk_has_reason"),
        sa.CheckConstraint("(state = 'AT_RISK') = (risk_since IS NOT NULL)", name="ck_post_forecasts_risk_has_time"),
        sa.CheckConstraint("next_check_at > checked_at", name="ck_post_forecasts_checked_again_later"),
        sa.CheckConstraint("jsonb_typeof(risks) = 'array'", name="ck_post_forecasts_risks_array"),
        sa.CheckConstraint("char_length(told) <= 200", name="ck_post_forecasts_told_length"),
    )
    for table in ("account_paces", "post_forecasts"):
        for statement in (*grant(table), *protect(table), *stamp(table), *stay(table)):
            op.execute(statement)


def _owned(table: str, column: str, target: str) -> list[sa.schema.SchemaItem]:
    """A tenant table's columns and keys, one row for each row of `target`."""
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(column, sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", column],
            [f"{target}.organization_id", f"{target}.id"],
            name=f"fk_{table}_{column}",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("organization_id", column, name=f"uq_{table}_{column}"),
    ]


def downgrade() -> None:
    """Take back. The release before knows no internal organization: it would write letters for it, so it goes."""
    for name in NAMES:
        op.execute(f"DROP FUNCTION doors.{name}")
    op.execute(OVERDUE.format(held=HELD))
    op.execute(OWED_SUMMARIES.format(internal=""))
    op.execute("DELETE FROM organizations WHERE is_internal")
    op.drop_table("post_forecasts")
    op.drop_table("account_paces")
    op.execute("DROP TYPE forecast_state")
    for table, columns in ADDED.items():
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
