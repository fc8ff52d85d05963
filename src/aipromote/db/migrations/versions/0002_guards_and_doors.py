"""Guards and doors: row-level security, status moves, time stamps, partitions, and the few ways across tenants.

Revision: 0002; after: 0001.
"""

from __future__ import annotations

from alembic import op

from aipromote.db.tenancy import grant, guard_moves, protect, stamp

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT = (
    "founders", "memberships", "social_accounts", "oauth_flows", "assets", "brand_rules", "facts",
    "generation_requests", "notifications", "ai_strategies", "content_pillars", "series", "content_pieces",
    "content_revisions", "approvals", "scheduled_posts", "publish_attempts", "analytics", "weekly_summaries",
)  # fmt: skip
GLOBAL = ("users", "sessions", "subscriptions", "usage")

# Frozen as of this migration; a test compares the live triggers with each room's states.py.
MOVES: dict[str, dict[str, tuple[str, ...]]] = {
    "ai_strategies": {"PROPOSED": ("ACTIVE", "REJECTED"), "ACTIVE": ("ARCHIVED",), "ARCHIVED": ("ACTIVE",)},
    "content_pieces": {
        "DRAFT": ("PENDING_REVIEW", "ARCHIVED"),
        "PENDING_REVIEW": ("APPROVED", "DRAFT", "ARCHIVED"),
        "APPROVED": ("SCHEDULED", "DRAFT", "PENDING_REVIEW", "ARCHIVED"),
        "SCHEDULED": ("PUBLISHED", "FAILED", "APPROVED", "DRAFT", "PENDING_REVIEW", "ARCHIVED"),
        "PUBLISHED": ("ARCHIVED",),
        "FAILED": ("SCHEDULED", "PUBLISHED", "DRAFT", "PENDING_REVIEW", "ARCHIVED"),
    },
    "series": {"ACTIVE": ("COMPLETED", "PAUSED", "CANCELLED"), "PAUSED": ("ACTIVE", "CANCELLED")},
    "scheduled_posts": {
        "SCHEDULED": ("PUBLISHING", "CANCELLED", "MISSED", "FAILED"),
        "PUBLISHING": ("PUBLISHED", "FAILED", "RETRYING", "UNCONFIRMED"),
        "RETRYING": ("PUBLISHING", "CANCELLED", "MISSED", "FAILED"),
        "UNCONFIRMED": ("PUBLISHED", "FAILED", "RETRYING"),
        "FAILED": ("SCHEDULED",),
        "CANCELLED": ("SCHEDULED",),
        "MISSED": ("SCHEDULED",),
    },
    "subscriptions": {
        "INCOMPLETE": ("ACTIVE", "TRIALING", "CANCELLED"),
        "TRIALING": ("ACTIVE", "PAST_DUE", "CANCELLED", "UNPAID"),
        "ACTIVE": ("PAST_DUE", "CANCELLED", "UNPAID"),
        "PAST_DUE": ("ACTIVE", "CANCELLED", "UNPAID"),
        "UNPAID": ("ACTIVE", "CANCELLED"),
    },
    "generation_requests": {
        "PENDING": ("RUNNING", "FAILED"),
        "RUNNING": ("DONE", "FAILED", "PENDING"),
        "FAILED": ("PENDING",),
    },
    "notifications": {"PENDING": ("SENT", "FAILED"), "FAILED": ("PENDING",)},
}

FUNCTIONS = (
    """
    CREATE FUNCTION stamp_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.updated_at := now();
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT (OLD.status::text || '>' || NEW.status::text) = ANY (TG_ARGV) THEN
            RAISE EXCEPTION '%: % may not become %', TG_TABLE_NAME, OLD.status, NEW.status
                USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
)

# Every door runs as the owner and so sees all tenants. Each returns ids and what a queue needs to carry, never content.
DOORS = (
    # Posts that are owed something now, the latest first: to send, to send again, to look up, or a claim that ran out.
    """
    CREATE FUNCTION doors.due_posts(at timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, status post_status, attempt_count int, due_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        (SELECT p.organization_id, p.id, p.status, p.attempt_count, p.scheduled_at FROM scheduled_posts p
          WHERE p.status = 'SCHEDULED' AND p.scheduled_at <= at ORDER BY p.scheduled_at LIMIT how_many)
        UNION ALL
        (SELECT p.organization_id, p.id, p.status, p.attempt_count, p.next_attempt_at FROM scheduled_posts p
          WHERE p.status IN ('RETRYING', 'UNCONFIRMED') AND p.next_attempt_at <= at
          ORDER BY p.next_attempt_at LIMIT how_many)
        UNION ALL
        (SELECT p.organization_id, p.id, p.status, p.attempt_count, p.claimed_until FROM scheduled_posts p
          WHERE p.status = 'PUBLISHING' AND p.claimed_until <= at ORDER BY p.claimed_until LIMIT how_many)
        ORDER BY 5 LIMIT how_many
    $$
    """,
    # Requests to write that nobody is working on.
    """
    CREATE FUNCTION doors.owed_requests(at timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, kind request_kind, attempts int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT r.organization_id, r.id, r.kind, r.attempts FROM generation_requests r
         WHERE r.status = 'PENDING' OR (r.status = 'RUNNING' AND r.claimed_until <= at)
         ORDER BY r.created_at LIMIT how_many
    $$
    """,
    # Published posts whose capture slots (ages in seconds) have come and hold no snapshot yet.
    """
    CREATE FUNCTION doors.due_captures(at timestamptz, slots int[], how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, slot int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT p.organization_id, p.id, s.slot
          FROM scheduled_posts p CROSS JOIN unnest(slots) AS s (slot)
         WHERE p.status = 'PUBLISHED'
           AND p.published_at > at - make_interval(secs => (SELECT max(x) FROM unnest(slots) AS x)) - interval '7 days'
           AND p.published_at + make_interval(secs => s.slot) <= at
           AND NOT EXISTS (
               SELECT 1 FROM analytics a
                WHERE a.organization_id = p.organization_id AND a.scheduled_post_id = p.id
                  AND a.metric_type = 'ENGAGEMENT'
                  AND a.collected_at = p.published_at + make_interval(secs => s.slot))
         ORDER BY p.published_at + make_interval(secs => s.slot) LIMIT how_many
    $$
    """,
    # Messages that were not delivered yet.
    """
    CREATE FUNCTION doors.owed_notifications(how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, priority smallint, attempts int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT n.organization_id, n.id, n.priority, n.attempts FROM notifications n
         WHERE n.status = 'PENDING' ORDER BY n.priority, n.created_at LIMIT how_many
    $$
    """,
    # Weeks (Mondays, in the organization's own zone) that have ended, had posts, and have no summary yet.
    """
    CREATE FUNCTION doors.owed_summaries(at timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, week_start date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT DISTINCT o.id, w.monday
          FROM scheduled_posts p
          JOIN organizations o ON o.id = p.organization_id
         CROSS JOIN LATERAL (
               SELECT date_trunc('week', p.published_at AT TIME ZONE o.time_zone)::date AS monday) w
         WHERE p.status = 'PUBLISHED' AND p.published_at > at - interval '35 days'
           AND ((w.monday + 7)::timestamp AT TIME ZONE o.time_zone) <= at
           AND NOT EXISTS (
               SELECT 1 FROM weekly_summaries s WHERE s.organization_id = o.id AND s.week_start = w.monday)
         ORDER BY w.monday LIMIT how_many
    $$
    """,
    # Where a person is a member: asked before any organization is chosen.
    """
    CREATE FUNCTION doors.memberships_of(person uuid)
    RETURNS TABLE (organization_id uuid, name text, role member_role)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT m.organization_id, o.name, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
         WHERE m.user_id = person ORDER BY o.created_at
    $$
    """,
    # How much is owed and since when, for health: counts and one time, no ids.
    """
    CREATE FUNCTION doors.overdue(at timestamptz)
    RETURNS TABLE (queue text, owed bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT 'publishing', count(*), min(d.due_at) FROM (
            SELECT p.scheduled_at AS due_at FROM scheduled_posts p
             WHERE p.status = 'SCHEDULED' AND p.scheduled_at <= at
            UNION ALL
            SELECT p.next_attempt_at FROM scheduled_posts p
             WHERE p.status IN ('RETRYING', 'UNCONFIRMED') AND p.next_attempt_at <= at
            UNION ALL
            SELECT p.claimed_until FROM scheduled_posts p WHERE p.status = 'PUBLISHING' AND p.claimed_until <= at) d
        UNION ALL
        SELECT CASE r.kind WHEN 'STRATEGY' THEN 'strategy-generation' ELSE 'content-generation' END,
               count(*), min(r.created_at)
          FROM generation_requests r WHERE r.status IN ('PENDING', 'RUNNING') GROUP BY r.kind
        UNION ALL
        SELECT 'email', count(*), min(n.created_at) FROM notifications n WHERE n.status = 'PENDING'
    $$
    """,
    # Monthly partitions of analytics, made ahead. The application may not run DDL, so this runs as the owner.
    """
    CREATE FUNCTION doors.make_partition(day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        month date := date_trunc('month', day)::date;
        name text := 'analytics_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM');
    BEGIN
        IF to_regclass(name) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext(name));
            EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF analytics FOR VALUES FROM (%L) TO (%L)',
                           name, month::text || ' 00:00+00', (month + interval '1 month')::date::text || ' 00:00+00');
        END IF;
        RETURN name;
    END $$
    """,
)
DOOR_NAMES = (
    "due_posts(timestamptz, int)", "owed_requests(timestamptz, int)", "due_captures(timestamptz, int[], int)",
    "owed_notifications(int)", "owed_summaries(timestamptz, int)", "memberships_of(uuid)", "overdue(timestamptz)",
    "make_partition(date)",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA doors")
    for statement in (*FUNCTIONS, *DOORS):
        op.execute(statement)
    op.execute("GRANT USAGE ON SCHEMA public, doors TO aipromote_app")
    for door in DOOR_NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION doors.{door} FROM public")
        op.execute(f"GRANT EXECUTE ON FUNCTION doors.{door} TO aipromote_app")
    for table in (*GLOBAL, "organizations", *TENANT):
        statements = [*grant(table), *stamp(table)]
        if table in TENANT:
            statements += protect(table)
        for statement in statements:
            op.execute(statement)
    for statement in protect("organizations", column="id"):
        op.execute(statement)
    for table, moves in MOVES.items():
        for statement in guard_moves(table, moves):
            op.execute(statement)
    op.execute(
        "SELECT doors.make_partition((date_trunc('month', now()) + make_interval(months => n))::date) "
        "FROM generate_series(-4, 4) AS n"
    )


def downgrade() -> None:
    """Take back."""
    op.execute(
        "DO $$ DECLARE part regclass; BEGIN FOR part IN SELECT inhrelid::regclass FROM pg_inherits "
        "WHERE inhparent = 'analytics'::regclass LOOP EXECUTE 'DROP TABLE ' || part; END LOOP; END $$"
    )
    for table in MOVES:
        op.execute(f"DROP TRIGGER {table}_moves ON {table}")
    for table in (*GLOBAL, "organizations", *TENANT):
        op.execute(f"DROP TRIGGER {table}_stamp ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM aipromote_app")
    for table in ("organizations", *TENANT):
        op.execute(f"DROP POLICY {table}_tenant ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP SCHEMA doors CASCADE")
    op.execute("REVOKE USAGE ON SCHEMA public FROM aipromote_app")
    op.execute("DROP FUNCTION refuse_move(), stamp_updated_at()")
