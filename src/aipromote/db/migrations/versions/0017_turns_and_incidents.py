"""Turns of periodic tasks, and incidents of the product itself. Both belong to the instance, not to an organization.

Revision: 0017; after: 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aipromote.db.tenancy import grant, stamp

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _instant(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "periodic_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _instant("slot", nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        _instant("claimed_until"),
        _instant("started_at", nullable=False),
        _instant("finished_at"),
        sa.Column("error_message", sa.Text(), nullable=True),
        _instant("created_at", nullable=False, now=True),
        _instant("updated_at", nullable=False, now=True),
        sa.CheckConstraint("char_length(name) > 0", name="ck_periodic_runs_name_given"),
        sa.CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="ck_periodic_runs_claim_whole"),
        sa.CheckConstraint("finished_at IS NULL OR claimed_by IS NULL", name="ck_periodic_runs_finished_is_free"),
        sa.CheckConstraint("char_length(name) <= 100", name="ck_periodic_runs_name_length"),
        sa.CheckConstraint("char_length(claimed_by) <= 200", name="ck_periodic_runs_claimed_by_length"),
        sa.CheckConstraint("char_length(error_message) <= 2000", name="ck_periodic_runs_error_message_length"),
        sa.PrimaryKeyConstraint("id", name="pk_periodic_runs"),
        sa.UniqueConstraint("name", name="uq_periodic_runs_name"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _instant("opened_at", nullable=False),
        _instant("seen_at", nullable=False),
        _instant("closed_at"),
        _instant("opening_told_at"),
        _instant("closing_told_at"),
        _instant("telling_until"),
        sa.Column("telling_error", sa.Text(), nullable=True),
        _instant("created_at", nullable=False, now=True),
        _instant("updated_at", nullable=False, now=True),
        sa.CheckConstraint("char_length(kind) > 0", name="ck_incidents_kind_given"),
        sa.CheckConstraint("seen_at >= opened_at AND closed_at >= opened_at", name="ck_incidents_time_order"),
        sa.CheckConstraint("closing_told_at IS NULL OR closed_at IS NOT NULL", name="ck_incidents_end_told_after_it"),
        sa.CheckConstraint("char_length(kind) <= 50", name="ck_incidents_kind_length"),
        sa.CheckConstraint("char_length(subject) <= 200", name="ck_incidents_subject_length"),
        sa.CheckConstraint("char_length(words) <= 2000", name="ck_incidents_words_length"),
        sa.CheckConstraint("char_length(telling_error) <= 2000", name="ck_incidents_telling_error_length"),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_incidents_latest", "incidents", ["opened_at"])
    for table in ("periodic_runs", "incidents"):
        for statement in (*grant(table), *stamp(table)):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("incidents")
    op.drop_table("periodic_runs")
