"""A door to the pieces that the product approved by itself and that have no time yet, and an index to come to it by.

Revision: 0005; after: 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Organizations that let posts out without a person and have such a piece, with the newest of them; the newest first, so
# that what cannot be placed does not keep others waiting. `pictured` are the platforms that take no post without a file.
# A post of the same text stands against it whatever became of it: what a person cancelled is not scheduled again.
OWED_PLACEMENTS = """
    CREATE FUNCTION doors.owed_placements(at timestamptz, pictured text[], how_many int)
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
                      AND a.decision = 'APPROVED' AND a.user_id IS NULL)
               AND NOT EXISTS (
                   SELECT 1 FROM scheduled_posts q
                    WHERE q.organization_id = p.organization_id AND q.content_piece_id = p.id
                      AND q.revision = p.revision)
             ORDER BY p.organization_id, p.id DESC) w
         ORDER BY w.id DESC LIMIT how_many
    $$
"""
DOOR = "doors.owed_placements(timestamptz, text[], int)"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_brand_rules_unattended",
        "brand_rules",
        ["organization_id"],
        postgresql_where=sa.text("approval_mode <> 'MANUAL'"),
    )
    op.execute(OWED_PLACEMENTS)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP FUNCTION {DOOR}")
    op.drop_index("ix_brand_rules_unattended", "brand_rules")
