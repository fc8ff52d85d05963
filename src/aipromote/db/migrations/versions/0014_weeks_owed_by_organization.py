"""The look for weeks to sum up asks each organization for its last weeks, instead of every post for its week.

It ran over all posts that were published within five weeks, whether or not anything was owed: half a second at half a
million posts, at every look. Now it is six probes of an index for each organization.

Revision: 0014; after: 0013.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Weeks (Mondays, in the organization's own zone) that have ended, had posts, and have no summary yet.
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
         WHERE t.ended <= at
           AND NOT EXISTS (
               SELECT 1 FROM weekly_summaries s WHERE s.organization_id = o.id AND s.week_start = w.monday)
           AND EXISTS (
               SELECT 1 FROM scheduled_posts p
                WHERE p.organization_id = o.id AND p.status = 'PUBLISHED'
                  AND p.published_at >= greatest(t.begun, at - interval '35 days') AND p.published_at < t.ended)
         ORDER BY w.monday, o.id LIMIT how_many
    $$
"""

# As it stands in 0002.
FORMER = """
    CREATE OR REPLACE FUNCTION doors.owed_summaries(at timestamptz, how_many int)
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
"""


def upgrade() -> None:
    """Apply."""
    op.execute(OWED_SUMMARIES)


def downgrade() -> None:
    """Take back."""
    op.execute(FORMER)
