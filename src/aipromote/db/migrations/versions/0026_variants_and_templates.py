"""Who stopped a request to write; variants of pieces, what they were adapted from, marks of likeness, and templates.

The release before goes on working here: what it does not name has a default.

Revision: 0026; after: 0025.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, ENUM

from aipromote.db.tenancy import grant, guard_moves, protect, stamp, stay

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CHECKS = {
    "cancelled_has_ended": "cancelled_by IS NULL OR status = 'FAILED'",
    "cancelled_by_length": "char_length(cancelled_by) <= 200",
}

TABLES = ("content_bands", "content_variants", "content_adaptations", "post_templates", "post_signatures")
PLATFORM = ENUM(name="platform", create_type=False)
STATUS = ENUM("PROPOSED", "CHOSEN", "DISMISSED", name="variant_status", create_type=False)
MOVES = {"PROPOSED": ("CHOSEN", "DISMISSED")}


def upgrade() -> None:
    """Apply. What stands before the block can be run again; the tables come after it."""
    op.execute("ALTER TABLE generation_requests ADD COLUMN IF NOT EXISTS cancelled_by text")
    for name, condition in CHECKS.items():
        again = f"DROP CONSTRAINT IF EXISTS ck_generation_requests_{name}, ADD CONSTRAINT ck_generation_requests_{name}"
        op.execute(f"ALTER TABLE generation_requests {again} CHECK ({condition}) NOT VALID")
    with op.get_context().autocommit_block():
        for name in CHECKS:
            op.execute(f"ALTER TABLE generation_requests VALIDATE CONSTRAINT ck_generation_requests_{name}")

    op.execute("CREATE TYPE variant_status AS ENUM ('PROPOSED', 'CHOSEN', 'DISMISSED')")
    _bands()
    _variants()
    _adaptations()
    _templates()
    for table in TABLES:
        for make in (grant, protect, stamp, stay):
            for statement in make(table):
                op.execute(statement)
    for statement in guard_moves("content_variants", MOVES):
        op.execute(statement)


def _bands() -> None:
    op.create_table(
        "content_bands",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        *_times(),
        sa.PrimaryKeyConstraint("organization_id", "band", "piece_id", name="pk_content_bands"),
        _of_piece("content_bands", "piece_id"),
    )
    op.create_index("ix_content_bands_piece", "content_bands", ["organization_id", "piece_id"])


def _variants() -> None:
    table = "content_variants"
    op.create_table(
        table,
        *_owned(table),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", STATUS, server_default="PROPOSED", nullable=False),
        *_limited(table, title=500, hook=1000, cta=1000, rationale=2000, decided_by=200),
        *_limited(table, nullable=False, body=100_000, generated_by=200),
        *_arrays(table, "parts", "hashtags"),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _of_piece(table, "piece_id"),
        sa.UniqueConstraint("organization_id", "piece_id", "number", name=f"uq_{table}_piece_id_number"),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=f"ck_{table}_numbers_count"),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=f"ck_{table}_confidence"),
        sa.CheckConstraint("char_length(btrim(body)) > 0", name=f"ck_{table}_body_given"),
        sa.CheckConstraint(
            "(status = 'PROPOSED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=f"ck_{table}_decided_by_somebody",
        ),
    )


def _adaptations() -> None:
    table = "content_adaptations"
    op.create_table(
        table,
        *_owned(table),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("original_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _of_piece(table, "piece_id"),
        _of_piece(table, "original_id"),
        sa.UniqueConstraint("organization_id", "piece_id", name=f"uq_{table}_piece_id"),
        sa.CheckConstraint("revision >= 1", name=f"ck_{table}_revision_counts"),
    )
    op.create_index(f"ix_{table}_original", table, ["organization_id", "original_id"])


def _templates() -> None:
    op.create_table(
        "post_templates",
        *_owned("post_templates"),
        *_limited("post_templates", nullable=False, name=200, body=10_000),
        sa.Column("platform", PLATFORM, nullable=True),
        sa.UniqueConstraint("organization_id", "name", name="uq_post_templates_name"),
        sa.CheckConstraint("char_length(btrim(name)) > 0", name="ck_post_templates_name_given"),
        sa.CheckConstraint("char_length(btrim(body)) > 0", name="ck_post_templates_body_given"),
    )
    op.create_table(
        "post_signatures",
        *_owned("post_signatures"),
        *_limited("post_signatures", nullable=False, words=1000),
        sa.Column("platform", PLATFORM, nullable=False),
        sa.UniqueConstraint("organization_id", "platform", name="uq_post_signatures_platform"),
        sa.CheckConstraint("char_length(btrim(words)) > 0", name="ck_post_signatures_words_given"),
    )


def _owned(table: str) -> list[Any]:
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_times(),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    ]


def _times() -> list[Any]:
    names = ("created_at", "updated_at")
    now = sa.text("now()")
    return [sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False) for name in names]


def _limited(table: str, *, nullable: bool = True, **longest: int) -> list[Any]:
    columns = [sa.Column(name, sa.Text(), nullable=nullable) for name in longest]
    lengths = [
        sa.CheckConstraint(f"char_length({name}) <= {most}", name=f"ck_{table}_{name}_length")
        for name, most in longest.items()
    ]
    return [*columns, *lengths]


def _arrays(table: str, *names: str) -> list[Any]:
    columns: list[Any] = [sa.Column(name, ARRAY(sa.Text()), server_default="{}", nullable=False) for name in names]
    whole = [
        sa.CheckConstraint(f"array_position({name}, NULL) IS NULL", name=f"ck_{table}_{name}_no_nulls")
        for name in names
    ]
    return [*columns, *whole]


def _of_piece(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        ["content_pieces.organization_id", "content_pieces.id"],
        name=f"fk_{table}_{column}",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Take back."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP TYPE variant_status")
    op.execute("ALTER TABLE generation_requests DROP COLUMN cancelled_by")
