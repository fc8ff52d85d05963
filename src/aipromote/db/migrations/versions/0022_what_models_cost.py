"""Calls of language models, and each organization's budget for them.

Revision: 0022; after: 0021. The release before knows neither table, and calls no model.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OUTCOME = ENUM("STARTED", "ANSWERED", "REFUSED", "FAILED", name="call_outcome", create_type=False)
TABLES = ("model_budgets", "model_calls")


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE TYPE call_outcome AS ENUM ('STARTED', 'ANSWERED', 'REFUSED', 'FAILED')")
    op.create_table(
        "model_budgets",
        *_owned("model_budgets"),
        sa.Column("monthly_cents", sa.Integer(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.UniqueConstraint("organization_id", name="uq_model_budgets_organization_id"),
        sa.CheckConstraint("monthly_cents >= 0 AND spent_micros >= 0", name="ck_model_budgets_amounts"),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name="ck_model_budgets_month_is_its_first_day"),
    )
    op.create_table(
        "model_calls",
        *_owned("model_calls"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        sa.Column("outcome", OUTCOME, server_default="STARTED", nullable=False),
        sa.Column("error_kind", sa.Text(), nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("counted_micros", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.CheckConstraint("(outcome = 'STARTED') = (latency_ms IS NULL)", name="ck_model_calls_ended_has_latency"),
        sa.CheckConstraint(
            "(outcome IN ('REFUSED', 'FAILED')) = (error_kind IS NOT NULL)", name="ck_model_calls_failure_has_kind"
        ),
        sa.CheckConstraint(
            "input_tokens >= 0 AND output_tokens >= 0 AND cost_micros >= 0 AND counted_micros >= 0 "
            "AND latency_ms >= 0 AND prompt_version >= 1",
            name="ck_model_calls_counters",
        ),
        *(
            sa.CheckConstraint(f"char_length({column}) <= {limit}", name=f"ck_model_calls_{column}_length")
            for column, limit in LENGTHS.items()
        ),
    )
    op.create_index("ix_model_calls_made", "model_calls", ["organization_id", "created_at"])
    for table in TABLES:
        for statement in (*grant(table), *protect(table), *stamp(table), *stay(table)):
            op.execute(statement)


LENGTHS = {"purpose": 60, "provider": 30, "model": 200, "prompt": 60, "error_kind": 40, "request_id": 200}


def _owned(table: str) -> list[sa.schema.SchemaItem]:
    """A tenant table's own columns and keys."""
    return [
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    ]


def downgrade() -> None:
    """Take back."""
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP TYPE call_outcome")
