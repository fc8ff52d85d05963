"""Drafts of briefs, which belong to a person, and the texts of files.

The release before goes on working here: it knows neither table.

Revision: 0024; after: 0023.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# There is no organization while a brief is being written. A transaction names the person whose drafts it sees, as it
# names organizations elsewhere; without a name it sees none.
WHOSE = "user_id = (SELECT NULLIF(current_setting('aipromote.person', true), '')::uuid)"
POLICY = f"CREATE POLICY brief_drafts_person ON brief_drafts TO aipromote_app USING ({WHOSE}) WITH CHECK ({WHOSE})"
# Drafts of all people that are over: only their number comes out.
PURGE = """
    CREATE OR REPLACE FUNCTION doors.purge_drafts(at timestamptz) RETURNS bigint
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        WITH gone AS (DELETE FROM brief_drafts WHERE expires_at <= at RETURNING 1) SELECT count(*) FROM gone
    $$
"""
# As pieces have it: no stemming, which by the wrong language hides words; `spaced` is of 0009.
WORDS = """
    CREATE OR REPLACE FUNCTION keep_words_of_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.search := to_tsvector('pg_catalog.simple', spaced(NEW.text));
        RETURN NEW;
    END $$
"""
TRIGGER = """
    CREATE OR REPLACE TRIGGER asset_texts_search BEFORE INSERT OR UPDATE OF text ON asset_texts
        FOR EACH ROW EXECUTE FUNCTION keep_words_of_text()
"""
DOOR = "doors.purge_drafts(timestamptz)"


def _instant(name: str, *, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=default)


def _document(name: str, empty: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), server_default=empty, nullable=False)


def _searched() -> list[str]:
    """Only with the extension of 0009 can the organization stand in the index, too."""
    context = op.get_context()
    if not context.as_sql and not op.get_bind().scalar(
        sa.text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin')")
    ):
        return ["search"]
    return ["organization_id", "search"]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "brief_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _document("steps", "{}"),
        _document("findings", "[]"),
        _document("sources", "[]"),
        _instant("expires_at"),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("id", name="pk_brief_drafts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_brief_drafts_user_id", ondelete="CASCADE"),
        sa.CheckConstraint("version >= 1", name="ck_brief_drafts_version_counts"),
        sa.CheckConstraint("jsonb_typeof(steps) = 'object'", name="ck_brief_drafts_steps_object"),
        sa.CheckConstraint("jsonb_typeof(findings) = 'array'", name="ck_brief_drafts_findings_array"),
        sa.CheckConstraint("jsonb_typeof(sources) = 'array'", name="ck_brief_drafts_sources_array"),
    )
    op.create_index("ix_brief_drafts_user_id", "brief_drafts", ["user_id"])
    op.create_index("ix_brief_drafts_expires_at", "brief_drafts", ["expires_at"])
    for statement in (*grant("brief_drafts"), *stamp("brief_drafts")):
        op.execute(statement)
    op.execute("ALTER TABLE brief_drafts ENABLE ROW LEVEL SECURITY")
    op.execute(POLICY)
    op.execute(PURGE)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")
    op.create_table(
        "asset_texts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("search", TSVECTOR(), nullable=True),
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_asset_texts"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_asset_texts_organization_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "asset_id"],
            ["assets.organization_id", "assets.id"],
            name="fk_asset_texts_asset_id",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("organization_id", "asset_id", "position", name="uq_asset_texts_asset_id_position"),
        sa.CheckConstraint("position >= 1", name="ck_asset_texts_position_counts"),
        sa.CheckConstraint("char_length(text) > 0", name="ck_asset_texts_text_given"),
        sa.CheckConstraint("char_length(place) <= 200", name="ck_asset_texts_place_length"),
        sa.CheckConstraint("char_length(text) <= 8000", name="ck_asset_texts_text_length"),
    )
    op.create_index("ix_asset_texts_search", "asset_texts", _searched(), postgresql_using="gin")
    op.execute(WORDS)
    op.execute(TRIGGER)
    for make in (grant, protect, stamp, stay):
        for statement in make("asset_texts"):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_table("asset_texts")
    op.execute("DROP FUNCTION keep_words_of_text()")
    op.execute(f"DROP FUNCTION {DOOR}")
    op.drop_table("brief_drafts")
