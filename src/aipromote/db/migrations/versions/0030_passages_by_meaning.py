"""Vectors of passages, and how far each organization is with them.

No column has pgvector's type: the tables are the same on a server without it, where they stay empty. The extension is
made, where the server has it, whenever migrations run (`aipromote.db.vectors`).

The release before goes on working here: it knows none of these tables.

Revision: 0030; after: 0029.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = ("passage_vectors", "passage_indexes")
# Of all organizations: only keys come out, and the work is done in a transaction of its own for each.
DOOR = "doors.owed_indexes(timestamptz, int)"
OWED = """
    CREATE OR REPLACE FUNCTION doors.owed_indexes(at timestamptz, most int)
    RETURNS TABLE (organization_id uuid, look timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        (SELECT o.id, NULL::timestamptz FROM organizations o
          WHERE NOT o.is_internal AND NOT EXISTS (SELECT FROM passage_indexes i WHERE i.organization_id = o.id)
          LIMIT most)
        UNION ALL
        (SELECT i.organization_id, i.next_look_at FROM passage_indexes i WHERE i.next_look_at <= at
          ORDER BY i.next_look_at LIMIT most)
        LIMIT most
    $$
"""


def _keys(table: str, *between: sa.Column[object]) -> list[sa.schema.SchemaItem]:
    def instant(name: str) -> sa.Column[object]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))

    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *between,
        instant("created_at"),
        instant("updated_at"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    ]


def _owned(column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{parent}.organization_id", f"{parent}.id"],
        name=f"fk_passage_vectors_{column}",
        ondelete="CASCADE",
    )


def _vectors() -> None:
    op.create_table(
        "passage_vectors",
        *_keys(
            "passage_vectors",
            sa.Column("fact_id", sa.Uuid(), nullable=True),
            sa.Column("text_id", sa.Uuid(), nullable=True),
            sa.Column("piece_id", sa.Uuid(), nullable=True),
            sa.Column("part", sa.Integer(), nullable=False),
            sa.Column("text_hash", sa.LargeBinary(), nullable=False),
            sa.Column("model", sa.Text(), nullable=False),
            sa.Column("dimensions", sa.Integer(), nullable=False),
            sa.Column("embedding", ARRAY(sa.REAL()), nullable=False),
        ),
        _owned("fact_id", "facts"),
        _owned("text_id", "asset_texts"),
        _owned("piece_id", "content_pieces"),
        sa.UniqueConstraint(
            "organization_id",
            "fact_id",
            "text_id",
            "piece_id",
            "part",
            name="uq_passage_vectors_place",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("char_length(model) <= 240", name="ck_passage_vectors_model_length"),
        sa.CheckConstraint("array_position(embedding, NULL) IS NULL", name="ck_passage_vectors_embedding_no_nulls"),
        sa.CheckConstraint("num_nonnulls(fact_id, text_id, piece_id) <= 1", name="ck_passage_vectors_one_source"),
        sa.CheckConstraint("part >= 1", name="ck_passage_vectors_part_counts"),
        sa.CheckConstraint("octet_length(text_hash) = 32", name="ck_passage_vectors_text_hash_sha256"),
        sa.CheckConstraint(
            "dimensions BETWEEN 1 AND 16000 AND cardinality(embedding) = dimensions",
            name="ck_passage_vectors_dimensions_counted",
        ),
    )
    # In the row itself as long as it fits a page (about 2,000 numbers): a question reads all of them.
    op.execute("ALTER TABLE passage_vectors ALTER COLUMN embedding SET STORAGE MAIN")
    for column in ("text", "piece"):
        op.create_index(f"ix_passage_vectors_{column}", "passage_vectors", ["organization_id", f"{column}_id"])


def _indexes() -> None:
    op.create_table(
        "passage_indexes",
        *_keys(
            "passage_indexes",
            sa.Column("model", sa.Text(), nullable=False),
            sa.Column("seen", sa.Text(), nullable=True),
            sa.Column("parts", sa.Integer(), server_default=sa.text("0"), nullable=False),
            sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
            sa.Column("error_message", sa.Text(), nullable=True),
        ),
        sa.UniqueConstraint("organization_id", name="uq_passage_indexes_organization_id"),
        sa.CheckConstraint("char_length(model) <= 240", name="ck_passage_indexes_model_length"),
        sa.CheckConstraint("char_length(seen) <= 500", name="ck_passage_indexes_seen_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_passage_indexes_error_message_length"),
        sa.CheckConstraint("parts >= 0 AND failures >= 0", name="ck_passage_indexes_counters"),
        sa.CheckConstraint("failures = 0 OR error_message IS NOT NULL", name="ck_passage_indexes_failure_has_reason"),
    )
    op.create_index("ix_passage_indexes_due", "passage_indexes", ["next_look_at"])


def upgrade() -> None:
    """Apply."""
    _vectors()
    _indexes()
    for table in TABLES:
        for make in (grant, protect, stamp, stay):
            for statement in make(table):
                op.execute(statement)
    op.execute(OWED)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")


def downgrade() -> None:
    """Take back. What was embedded can be embedded again."""
    op.execute(f"DROP FUNCTION {DOOR}")
    for table in TABLES:
        op.drop_table(table)
