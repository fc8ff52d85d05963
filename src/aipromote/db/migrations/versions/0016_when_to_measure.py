"""When a published post is to be measured next, kept with the post, so that the look for due ones costs what is due.

Revision: 0016; after: 0015.
"""

from __future__ import annotations

from alembic import op

from aipromote.db.backfill import Backfill, in_migration

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# A trigger and not the code that publishes: the release before must go on working here. It looks at its own row only.
NOTE = """
    CREATE OR REPLACE FUNCTION note_first_capture() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.next_capture_at := NEW.published_at + interval '1 hour';
        RETURN NEW;
    END $$
"""
TRIGGER = """
    CREATE OR REPLACE TRIGGER scheduled_posts_capture BEFORE UPDATE OF status ON scheduled_posts FOR EACH ROW
        WHEN (NEW.status = 'PUBLISHED' AND OLD.status <> 'PUBLISHED') EXECUTE FUNCTION note_first_capture()
"""
MISSING = """NOT EXISTS (
    SELECT 1 FROM analytics a
     WHERE a.organization_id = t.organization_id AND a.scheduled_post_id = t.id AND a.metric_type = 'ENGAGEMENT'
       AND a.collected_at = t.published_at + make_interval(secs => s.slot))"""
SLOTS = "(VALUES (3600), (86400), (259200), (604800)) AS s (slot)"  # those of the releases up to this one
EARLIEST = f"(SELECT min(t.published_at + make_interval(secs => s.slot)) FROM {SLOTS} WHERE {MISSING})"  # noqa: S608 -- constants
TASK = Backfill(
    table="scheduled_posts",
    change=f"next_capture_at = {EARLIEST}",
    # So far back as the door looks.
    undone=(
        "status = 'PUBLISHED' AND published_at > now() - interval '14 days' AND next_capture_at IS NULL AND "
        + EARLIEST.replace("t.", "scheduled_posts.")
        + " IS NOT NULL"
    ),
)
INDEX = "ix_scheduled_posts_captures"

# Published posts whose capture slots (ages in seconds) have come and hold no snapshot yet. `next_capture_at` is never
# later than the earliest of these; what could not be measured for a week after its last slot is left.
DUE_CAPTURES = """
    CREATE OR REPLACE FUNCTION doors.due_captures(at timestamptz, slots int[], how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, slot int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT p.organization_id, p.id, s.slot
          FROM scheduled_posts p CROSS JOIN unnest(slots) AS s (slot)
         WHERE p.status = 'PUBLISHED' AND p.next_capture_at <= at
           AND p.next_capture_at > at - make_interval(secs => (SELECT max(x) FROM unnest(slots) AS x))
               - interval '7 days'
           AND p.published_at > at - make_interval(secs => (SELECT max(x) FROM unnest(slots) AS x)) - interval '7 days'
           AND p.published_at + make_interval(secs => s.slot) <= at
           AND NOT EXISTS (
               SELECT 1 FROM analytics a
                WHERE a.organization_id = p.organization_id AND a.scheduled_post_id = p.id
                  AND a.metric_type = 'ENGAGEMENT'
                  AND a.collected_at = p.published_at + make_interval(secs => s.slot))
         ORDER BY p.published_at + make_interval(secs => s.slot) LIMIT how_many
    $$
"""
BY_ALL_POSTS = """
    CREATE OR REPLACE FUNCTION doors.due_captures(at timestamptz, slots int[], how_many int)
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
"""


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE scheduled_posts ADD COLUMN IF NOT EXISTS next_capture_at timestamptz")
    op.execute(NOTE)
    op.execute(TRIGGER)
    in_migration(TASK)
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEX} ON scheduled_posts (next_capture_at) "
            "WHERE next_capture_at IS NOT NULL"
        )
    op.execute(DUE_CAPTURES)
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_scheduled_posts_published")  # only this door went through it


def downgrade() -> None:
    """Take back."""
    op.execute(BY_ALL_POSTS)
    op.execute(f"DROP INDEX {INDEX}")
    op.execute("DROP TRIGGER scheduled_posts_capture ON scheduled_posts")
    op.execute("DROP FUNCTION note_first_capture()")
    op.execute("ALTER TABLE scheduled_posts DROP COLUMN next_capture_at")
    with op.get_context().autocommit_block():
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_scheduled_posts_published ON scheduled_posts (published_at) "
            "WHERE status = 'PUBLISHED'"
        )
