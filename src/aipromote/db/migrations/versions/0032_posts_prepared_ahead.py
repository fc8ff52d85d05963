"""What is brought to networks for posts ahead of their time: uploaded files, containers, sessions.

The release before goes on working here: it does not know the table.

Revision: 0032; after: 0031.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TABLE = "post_preparations"

# Posts with files that are due soon, or that wait for what their network is being sent: keys, for workers.
_DOOR = """
    CREATE OR REPLACE FUNCTION doors.due_preparations(at timestamptz, until timestamptz, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT d.organization_id, d.id FROM (
            SELECT p.organization_id, p.id, p.content_piece_id, p.scheduled_at AS due_at, false AS is_awaited
              FROM scheduled_posts p WHERE p.status = 'SCHEDULED' AND p.scheduled_at <= until
            UNION ALL
            SELECT p.organization_id, p.id, p.content_piece_id, p.next_attempt_at, p.error_kind = 'preparing'
              FROM scheduled_posts p WHERE p.status = 'RETRYING' AND p.next_attempt_at <= until) d
          JOIN content_pieces c ON c.organization_id = d.organization_id AND c.id = d.content_piece_id
          LEFT JOIN post_preparations r ON r.organization_id = d.organization_id AND r.scheduled_post_id = d.id
         WHERE (d.is_awaited OR c.media_refs @? '$[*].asset_id ? (@ != null)')
           AND (r.id IS NULL OR r.ready_at < at - interval '20 hours'
                OR r.ready_at IS NULL AND NOT r.is_refused AND r.next_step_at <= at
                   AND (r.claimed_until IS NULL OR r.claimed_until <= at))
           AND (SELECT count(*) FROM post_preparations u
                 WHERE u.organization_id = d.organization_id AND u.claimed_until > at) < 2
           AND NOT EXISTS (SELECT FROM publishing_holds h
                            WHERE h.organization_id = d.organization_id AND h.released_at IS NULL)
         ORDER BY d.due_at, d.id LIMIT how_many
    $$
"""
_NAME = "due_preparations(timestamptz, timestamptz, int)"


def _instant(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        _TABLE,
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_post_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_for", sa.LargeBinary(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        _instant("ready_at", nullable=True),
        _instant("next_step_at"),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        _instant("claimed_until", nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("is_refused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{_TABLE}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{_TABLE}_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "scheduled_post_id"],
            ["scheduled_posts.organization_id", "scheduled_posts.id"],
            name=f"fk_{_TABLE}_scheduled_post_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("organization_id", "scheduled_post_id", name=f"uq_{_TABLE}_scheduled_post_id"),
        sa.CheckConstraint("char_length(handle) <= 2000", name=f"ck_{_TABLE}_handle_length"),
        sa.CheckConstraint("char_length(error_kind) <= 50", name=f"ck_{_TABLE}_error_kind_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name=f"ck_{_TABLE}_error_message_length"),
        sa.CheckConstraint("octet_length(made_for) = 32", name=f"ck_{_TABLE}_made_for_sha256"),
        sa.CheckConstraint("part >= 0 AND failures >= 0", name=f"ck_{_TABLE}_counters"),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name=f"ck_{_TABLE}_claim_whole"),
        sa.CheckConstraint(
            "ready_at IS NULL OR claimed_by IS NULL AND NOT is_refused", name=f"ck_{_TABLE}_ready_is_free"
        ),
        sa.CheckConstraint("NOT is_refused OR error_message IS NOT NULL", name=f"ck_{_TABLE}_refusal_has_reason"),
    )
    for make in (grant, protect, stamp, stay):
        for statement in make(_TABLE):
            op.execute(statement)
    op.execute(_DOOR)
    op.execute(f"REVOKE ALL ON FUNCTION doors.{_NAME} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION doors.{_NAME} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP FUNCTION doors.{_NAME}")
    op.drop_table(_TABLE)
