"""What searches look in: a column of words beside every piece, kept by a trigger, and the door that searches go through.

A trigger rather than a generated column, which would rewrite the table under a lock that stops everybody. The trigger
looks at nothing but its own row, so it also works where the table is distributed.

Revision: 0009; after: 0008.
"""

from __future__ import annotations

from alembic import op

from aipromote.db.backfill import Backfill, in_migration

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Chinese and Japanese stand without spaces; a character is then taken for a word, so that a part of a sentence is found.
SPACED = r"""
    CREATE OR REPLACE FUNCTION spaced(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT regexp_replace(given, '([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d])', ' \1 ', 'g')
    $$
"""
# What is said first weighs most. Texts are cut where a tsvector (1 MB) would overflow and refuse the row.
WORDS = """
    CREATE OR REPLACE FUNCTION words_of_piece(
        title text, hook text, theme text, hashtags text[], body text, parts text[])
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector('pg_catalog.simple', spaced(coalesce(title, ''))), 'A')
            || setweight(to_tsvector('pg_catalog.simple', spaced(
                   concat_ws(' ', hook, theme, left(array_to_string(hashtags, ' '), 5000)))), 'B')
            || setweight(to_tsvector('pg_catalog.simple', spaced(
                   left(concat_ws(' ', body, array_to_string(parts, ' ')), 100000))), 'C')
    $$
"""
KEEP = """
    CREATE OR REPLACE FUNCTION keep_search() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.search := words_of_piece(NEW.title, NEW.hook, NEW.theme, NEW.hashtags, NEW.body, NEW.parts);
        RETURN NEW;
    END $$
"""
TRIGGER = """
    CREATE OR REPLACE TRIGGER content_pieces_search
        BEFORE INSERT OR UPDATE OF title, hook, theme, hashtags, body, parts ON content_pieces
        FOR EACH ROW EXECUTE FUNCTION keep_search()
"""
# Pieces with these words, the best first. A door although it crosses no tenants: `@@` is not leakproof, so under the
# policies PostgreSQL would look at every row of the tenant before it asked for words, and never use the index. The door
# applies the policies' own condition instead, from the transaction's setting; nobody can name a tenant to it. `begun` is
# the last of the words, where it may go on. Both texts become words by PostgreSQL's own parsers, whatever stands in them.
SEARCH = r"""
    CREATE OR REPLACE FUNCTION doors.search_pieces(words text, begun text, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid, rank real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        tenants uuid[] := NULLIF(current_setting('aipromote.organizations', true), '')::uuid[];
        wanted tsquery := websearch_to_tsquery('pg_catalog.simple', spaced(words));
        beginning tsquery := (
            SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery
              FROM unnest(to_tsvector('pg_catalog.simple', spaced(begun))));
    BEGIN
        IF beginning IS NOT NULL THEN
            wanted := ts_rewrite(wanted, websearch_to_tsquery('pg_catalog.simple', spaced(begun)), beginning);
        END IF;
        IF numnode(wanted) = 0 THEN
            RETURN;
        END IF;
        RETURN QUERY
            SELECT p.organization_id, p.id, ts_rank_cd(p.search, wanted) AS rank FROM content_pieces p
             WHERE p.organization_id = ANY (tenants) AND p.search @@ wanted
             ORDER BY 3 DESC, p.id DESC LIMIT least(how_many, 10001);
    END $$
"""
DOOR = "doors.search_pieces(text, text, int)"
TASK = Backfill(
    table="content_pieces",
    change="search = words_of_piece(t.title, t.hook, t.theme, t.hashtags, t.body, t.parts)",
    undone="search IS NULL",
)


def upgrade() -> None:
    """Apply."""
    # unsafe hidden-statement: makes an extension or nothing; a server without it gets a wider index in 0012
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gin') THEN "
        "CREATE EXTENSION IF NOT EXISTS btree_gin; END IF; END $$"
    )
    op.execute("ALTER TABLE content_pieces ADD COLUMN IF NOT EXISTS search tsvector")
    for statement in (SPACED, WORDS, KEEP, TRIGGER, SEARCH):
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")
    in_migration(TASK)


def downgrade() -> None:
    """Take back. The extension stays: somebody else may use it by now."""
    op.execute(f"DROP FUNCTION {DOOR}")
    op.execute("DROP TRIGGER content_pieces_search ON content_pieces")
    op.execute("DROP FUNCTION keep_search(), words_of_piece(text, text, text, text[], text, text[]), spaced(text)")
    op.drop_column("content_pieces", "search")
