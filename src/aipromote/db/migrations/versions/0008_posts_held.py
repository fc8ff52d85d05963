"""Publishing that is held until a person lets it go on, as after a restore: a record per organization.

A table of its own, so that no table that exists is locked or rewritten; it is almost always empty, which is what makes
the question "is it held?" cheap for the statements that ask it all the time.

Revision: 0008; after: 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aipromote.db.tenancy import grant, protect, stamp

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

HELD = (
    "AND NOT EXISTS (SELECT FROM publishing_holds h WHERE h.organization_id = p.organization_id "
    "AND h.released_at IS NULL)"
)

# As in 0002, and without the posts of organizations whose publishing is held.
DUE_POSTS = """
    CREATE OR REPLACE FUNCTION doors.due_posts(at timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, status post_status, attempt_count int, due_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        (SELECT p.organization_id, p.id, p.status, p.attempt_count, p.scheduled_at FROM scheduled_posts p
          WHERE p.status = 'SCHEDULED' AND p.scheduled_at <= at {held} ORDER BY p.scheduled_at LIMIT how_many)
        UNION ALL
        (SELECT p.organization_id, p.id, p.status, p.attempt_count, p.next_attempt_at FROM scheduled_posts p
          WHERE p.status IN ('RETRYING', 'UNCONFIRMED') AND p.next_attempt_at <= at {held}
          ORDER BY p.next_attempt_at LIMIT how_many)
        UNION ALL
        (SELECT p.organization_id, p.id, p.status, p.attempt_count, p.claimed_until FROM scheduled_posts p
          WHERE p.status = 'PUBLISHING' AND p.claimed_until <= at {held} ORDER BY p.claimed_until LIMIT how_many)
        ORDER BY 5 LIMIT how_many
    $$
"""
# As in 0002; what is held is not late, it is told by `doors.holds` instead.
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
# Where publishing is held, and how many posts have come due there: for health, and for the command that releases all.
HOLDS = """
    CREATE FUNCTION doors.holds(at timestamptz)
    RETURNS TABLE (organization_id uuid, held_at timestamptz, waiting bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT h.organization_id, h.held_at,
               (SELECT count(*) FROM scheduled_posts p
                 WHERE p.organization_id = h.organization_id
                   AND (p.status = 'SCHEDULED' AND p.scheduled_at <= at
                        OR p.status IN ('RETRYING', 'UNCONFIRMED') AND p.next_attempt_at <= at
                        OR p.status = 'PUBLISHING'))
          FROM publishing_holds h WHERE h.released_at IS NULL ORDER BY h.held_at, h.organization_id
    $$
"""
DOOR = "doors.holds(timestamptz)"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "publishing_holds",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(reason) <= 1000", name="ck_publishing_holds_reason_length"),
        sa.CheckConstraint("char_length(released_by) <= 200", name="ck_publishing_holds_released_by_length"),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL)", name="ck_publishing_holds_released_by_whom"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_publishing_holds_organization_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_publishing_holds"),
    )
    op.create_index(
        "uq_publishing_holds_open",
        "publishing_holds",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    for statement in (*grant("publishing_holds"), *protect("publishing_holds"), *stamp("publishing_holds")):
        op.execute(statement)
    op.execute(DUE_POSTS.format(held=HELD))
    op.execute(OVERDUE.format(held=HELD))
    op.execute(HOLDS)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")


def downgrade() -> None:
    """Take back. What was held is then held no more: refused while something is."""
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM publishing_holds WHERE released_at IS NULL) THEN "
        "RAISE EXCEPTION 'Publishing is held somewhere; release it before this migration is taken back'; "
        "END IF; END $$"
    )
    op.execute(f"DROP FUNCTION {DOOR}")
    op.execute(DUE_POSTS.format(held=""))
    op.execute(OVERDUE.format(held=""))
    op.drop_table("publishing_holds")
