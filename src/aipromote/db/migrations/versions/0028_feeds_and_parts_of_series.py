"""Feeds that are followed, the items that were seen of them, and the parts of planned series.

The release before goes on working here: it knows none of these tables.

Revision: 0028; after: 0027.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, ENUM

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Of all organizations: only keys come out, and the work is done in a transaction of its own for each.
DOORS = {
    "due_feeds(timestamptz, int)": """
        CREATE OR REPLACE FUNCTION doors.due_feeds(at timestamptz, most int)
        RETURNS TABLE (organization_id uuid, id uuid)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT f.organization_id, f.id FROM feeds f WHERE f.is_active AND f.next_check_at <= at
             ORDER BY f.next_check_at LIMIT most
        $$
    """,
    "due_series(date, int)": """
        CREATE OR REPLACE FUNCTION doors.due_series(until date, most int)
        RETURNS TABLE (organization_id uuid, id uuid)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT s.organization_id, s.id FROM series s
             WHERE s.status = 'ACTIVE' AND EXISTS (
                   SELECT 1 FROM series_parts p WHERE p.organization_id = s.organization_id AND p.series_id = s.id
                      AND p.written_at IS NULL AND p.planned_for <= until)
             ORDER BY s.organization_id, s.id LIMIT most
        $$
    """,
}


def _instant(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _text(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _length(table: str, **limits: int) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"char_length({name}) <= {limit}", name=f"ck_{table}_{name}_length")
        for name, limit in limits.items()
    ]


def _keys(table: str, *between: sa.Column[object]) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *between,
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    ]


def _owned(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{parent}.organization_id", f"{parent}.id"],
        name=f"fk_{table}_{column}",
        ondelete="CASCADE",
    )


def _feeds() -> None:
    op.create_table(
        "feeds",
        *_keys(
            "feeds",
            _text("address", nullable=False),
            _text("title"),
            sa.Column("platforms", ARRAY(sa.Text()), nullable=False),
            sa.Column("newest", sa.Integer(), nullable=False),
            sa.Column("every_hours", sa.Integer(), nullable=False),
            sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
            _instant("next_check_at"),
            _instant("last_checked_at", nullable=True),
            _text("etag"),
            _text("last_modified"),
            sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
            _text("error_message"),
            sa.Column("followed_by", sa.Uuid(), nullable=True),
        ),
        sa.ForeignKeyConstraint(
            ["followed_by"], ["users.id"], name="fk_feeds_followed_by", deferrable=True, initially="DEFERRED"
        ),
        sa.UniqueConstraint("organization_id", "address", name="uq_feeds_address"),
        *_length("feeds", address=2000, title=500, etag=500, last_modified=500, error_message=2000),
        sa.CheckConstraint("array_position(platforms, NULL) IS NULL", name="ck_feeds_platforms_no_nulls"),
        sa.CheckConstraint("char_length(address) > 0", name="ck_feeds_address_given"),
        sa.CheckConstraint("cardinality(platforms) > 0", name="ck_feeds_platforms_given"),
        sa.CheckConstraint("newest BETWEEN 1 AND 20", name="ck_feeds_newest_range"),
        sa.CheckConstraint("every_hours BETWEEN 1 AND 168", name="ck_feeds_every_hours_range"),
        sa.CheckConstraint("failures >= 0", name="ck_feeds_counters"),
        sa.CheckConstraint("failures = 0 OR error_message IS NOT NULL", name="ck_feeds_failure_has_reason"),
    )
    op.create_index("ix_feeds_due", "feeds", ["next_check_at"], postgresql_where=sa.text("is_active"))
    op.create_index("ix_feeds_followed_by", "feeds", ["followed_by"])


def _items() -> None:
    op.create_table(
        "feed_items",
        *_keys(
            "feed_items",
            sa.Column("item_key", sa.LargeBinary(), nullable=False),
            sa.Column("link_key", sa.LargeBinary(), nullable=True),
            sa.Column("platform", ENUM(name="platform", create_type=False), nullable=False),
            _text("source", nullable=False),
            _text("link"),
            _text("title"),
            _instant("published_at", nullable=True),
            sa.Column("piece_id", sa.Uuid(), nullable=True),
            _text("reason"),
        ),
        _owned("feed_items", "piece_id", "content_pieces"),
        sa.UniqueConstraint("organization_id", "item_key", "platform", name="uq_feed_items_item_key_platform"),
        sa.UniqueConstraint("organization_id", "link_key", "platform", name="uq_feed_items_link_key_platform"),
        *_length("feed_items", source=2000, link=2000, title=500, reason=500),
        sa.CheckConstraint("octet_length(item_key) = 32", name="ck_feed_items_item_key_sha256"),
        sa.CheckConstraint("octet_length(link_key) = 32", name="ck_feed_items_link_key_sha256"),
        sa.CheckConstraint("piece_id IS NULL OR reason IS NULL", name="ck_feed_items_piece_or_reason"),
    )
    op.create_index("ix_feed_items_piece", "feed_items", ["organization_id", "piece_id"])


def _parts() -> None:
    op.create_table(
        "series_parts",
        *_keys(
            "series_parts",
            sa.Column("series_id", sa.Uuid(), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.Column("planned_for", sa.Date(), nullable=False),
            _text("role", nullable=False),
            _text("lead", nullable=False),
            _instant("written_at", nullable=True),
            _text("problem"),
        ),
        _owned("series_parts", "series_id", "series"),
        sa.UniqueConstraint("organization_id", "series_id", "number", name="uq_series_parts_series_id_number"),
        *_length("series_parts", role=60, lead=2000, problem=500),
        sa.CheckConstraint("number >= 1", name="ck_series_parts_number_counts"),
        sa.CheckConstraint("char_length(btrim(lead)) > 0", name="ck_series_parts_lead_given"),
        sa.CheckConstraint("problem IS NULL OR written_at IS NULL", name="ck_series_parts_written_without_problem"),
    )
    op.create_index(
        "ix_series_parts_unwritten", "series_parts", ["planned_for"], postgresql_where=sa.text("written_at IS NULL")
    )


def upgrade() -> None:
    """Apply."""
    _feeds()
    _items()
    _parts()
    for table in ("feeds", "feed_items", "series_parts"):
        for make in (grant, protect, stamp, stay):
            for statement in make(table):
                op.execute(statement)
    for door, statement in DOORS.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION doors.{door} FROM public")
        op.execute(f"GRANT EXECUTE ON FUNCTION doors.{door} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    for door in DOORS:
        op.execute(f"DROP FUNCTION doors.{door}")
    for table in ("series_parts", "feed_items", "feeds"):
        op.drop_table(table)
