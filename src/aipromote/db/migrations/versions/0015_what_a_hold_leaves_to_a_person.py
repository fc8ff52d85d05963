"""What the product approved before publishing was held is not placed by itself: it may be out under another time.

The instance that a backup comes from places and sends such a piece after the backup; the restored one would choose a new
time for it, and so a new post.

Revision: 0015; after: 0014.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Both times are the database's own. A hold that is open keeps everything; one that was released, what was there before.
HELD = """
                      AND NOT EXISTS (
                          SELECT 1 FROM publishing_holds h
                           WHERE h.organization_id = a.organization_id
                             AND (h.released_at IS NULL OR h.created_at >= a.created_at))"""

# As in 0005, and with that.
OWED_PLACEMENTS = """
    CREATE OR REPLACE FUNCTION doors.owed_placements(at timestamptz, pictured text[], how_many int)
    RETURNS TABLE (organization_id uuid, newest uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT w.organization_id, w.id FROM (
            SELECT DISTINCT ON (p.organization_id) p.organization_id, p.id
              FROM brand_rules r
              JOIN organizations o ON o.id = r.organization_id
              JOIN content_pieces p ON p.organization_id = o.id
             WHERE r.approval_mode <> 'MANUAL'
               AND p.status = 'APPROVED' AND p.planned_for >= (at AT TIME ZONE o.time_zone)::date
               AND (p.strategy_id IS NULL OR EXISTS (
                   SELECT 1 FROM ai_strategies s
                    WHERE s.organization_id = p.organization_id AND s.id = p.strategy_id AND s.status = 'ACTIVE'))
               AND (p.platform::text <> ALL (pictured)
                    OR jsonb_path_exists(p.media_refs, '$[*].asset_id ? (@ != null)'))
               AND EXISTS (
                   SELECT 1 FROM social_accounts c
                    WHERE c.organization_id = p.organization_id AND c.platform = p.platform AND c.is_active)
               AND EXISTS (
                   SELECT 1 FROM approvals a
                    WHERE a.organization_id = p.organization_id AND a.piece_id = p.id AND a.revision = p.revision
                      AND a.decision = 'APPROVED' AND a.user_id IS NULL{held})
               AND NOT EXISTS (
                   SELECT 1 FROM scheduled_posts q
                    WHERE q.organization_id = p.organization_id AND q.content_piece_id = p.id
                      AND q.revision = p.revision)
             ORDER BY p.organization_id, p.id DESC) w
         ORDER BY w.id DESC LIMIT how_many
    $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(OWED_PLACEMENTS.format(held=HELD))


def downgrade() -> None:
    """Take back."""
    op.execute(OWED_PLACEMENTS.format(held=""))
