"""What pieces were written from, words without their accents, and the door through which passages are found.

`spaced`, which all words go through on their way into an index and into a question, takes accents away from here on. So
rows with letters beyond ASCII are written anew, in batches. Until its batch comes, a text is not found by those of its
words that have accents.

The release before goes on working here: it never names the column, and asks `doors.search_pieces`, which folds too.

Revision: 0027; after: 0026.
"""

from __future__ import annotations

from alembic import op

from aipromote.db.backfill import Backfill, in_migration

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# As `spaced` of 0009 was.
APART = r"""
    CREATE OR REPLACE FUNCTION {name}(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT regexp_replace(given, '([\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d])', ' \1 ', 'g')
    $$
"""
# Letters are taken apart, lose the marks of Latin, Greek and Cyrillic letters, and are put together again: the marks of
# other scripts, which make other letters, stay.
FOLDED = r"""
    CREATE OR REPLACE FUNCTION folded(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN given ~ '[^\u0001-\u007f]' THEN normalize(regexp_replace(normalize(
                   replace(replace(given, 'ß', 'ss'), 'ẞ', 'SS'), NFD), '[\u0300-\u036f]', '', 'g'), NFC)
               ELSE given END
    $$
"""
SPACED = """
    CREATE OR REPLACE FUNCTION spaced(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT apart(folded(given))
    $$
"""
CONFIGURATION = """
    CREATE OR REPLACE FUNCTION configuration_of(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE split_part(lower(language), '-', 1)
            WHEN 'en' THEN 'pg_catalog.english'::regconfig WHEN 'de' THEN 'pg_catalog.german'::regconfig
            WHEN 'es' THEN 'pg_catalog.spanish'::regconfig WHEN 'fr' THEN 'pg_catalog.french'::regconfig
            WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig ELSE 'pg_catalog.simple'::regconfig END
    $$
"""
# Any of the words, as the language's own dictionary has them.
CLOSE = r"""
    CREATE OR REPLACE FUNCTION close_words(asked text, language text) RETURNS tsquery
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery
          FROM unnest(to_tsvector(configuration_of(language), apart(left(asked, 1000))))
    $$
"""
# Any of the words, in an index that knows no language: the word, or what it and its stem begin with. "bakery" and
# its stem "bakeri" find "bakeries" by "baker"; "Häuser" and "haus" find "haus". Stop words are left out, and short
# beginnings, which would find anything. Forty words are enough for a question.
NEAR = r"""
    CREATE OR REPLACE FUNCTION near_words(asked text, language text) RETURNS tsquery
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        WITH given AS (
            SELECT lexeme AS word, positions[1] AS place, ts_lexize(CASE configuration_of(language)
                       WHEN 'pg_catalog.english'::regconfig THEN 'pg_catalog.english_stem'::regdictionary
                       WHEN 'pg_catalog.german'::regconfig THEN 'pg_catalog.german_stem'::regdictionary
                       WHEN 'pg_catalog.spanish'::regconfig THEN 'pg_catalog.spanish_stem'::regdictionary
                       WHEN 'pg_catalog.french'::regconfig THEN 'pg_catalog.french_stem'::regdictionary
                       WHEN 'pg_catalog.portuguese'::regconfig THEN 'pg_catalog.portuguese_stem'::regdictionary
                       ELSE 'pg_catalog.simple'::regdictionary END, lexeme) AS stems
              FROM unnest(to_tsvector('pg_catalog.simple', apart(left(asked, 1000))))),
        stemmed AS (
            SELECT folded(word) AS word, folded(coalesce(stems[1], word)) AS stem FROM given
             WHERE stems IS NULL OR cardinality(stems) > 0 ORDER BY place LIMIT 40),
        begun AS (
            SELECT word, left(word, coalesce((SELECT max(n) FROM generate_series(1, length(stem)) n
                                               WHERE left(stem, n) = left(word, n)), 0)) AS beginning FROM stemmed),
        alternatives AS (
            SELECT '''' || replace(replace(word, '\', '\\'), '''', '''''') || '''' AS one FROM begun
            UNION
            SELECT '''' || replace(replace(beginning, '\', '\\'), '''', '''''') || ''':*' FROM begun
             WHERE length(beginning) >= 3)
        SELECT string_agg(one, ' | ' ORDER BY one)::tsquery FROM alternatives
    $$
"""
# How well a text answers: how many of the words it has in its language, and a quarter by beginnings and without accents.
# A word that comes again counts less each time, so its length is not held against a text: a lone word would win.
LIKENESS = """
    CREATE OR REPLACE FUNCTION likeness(given text, language text, close tsquery, near tsquery) RETURNS real
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT coalesce(ts_rank(to_tsvector(configuration_of(language), apart(given)), close), 0)
             + coalesce(ts_rank(to_tsvector('pg_catalog.simple', spaced(given)), near), 0) / 4
    $$
"""
# Of texts that are handed in: those that answer, by their places from 1.
SCORES = """
    CREATE OR REPLACE FUNCTION likenesses(given text[], asked text, language text)
    RETURNS TABLE (place bigint, score real) LANGUAGE sql STABLE PARALLEL SAFE AS $$
        WITH wanted AS MATERIALIZED (
            SELECT close_words(asked, language) AS close, near_words(asked, language) AS near)
        SELECT t.place, likeness(t.words, language, w.close, w.near)
          FROM wanted w, unnest(given) WITH ORDINALITY AS t (words, place)
         WHERE to_tsvector('pg_catalog.simple', spaced(t.words)) @@ w.near
    $$
"""
# A door for the reason that `doors.search_pieces` is one (0009): no tenant can be named to it. Out of the index come
# the 50 best of each kind by words alone; only those are read, and ranked by their language.
FIND = """
    CREATE OR REPLACE FUNCTION doors.find_passages(asked text, language text, how_many int)
    RETURNS TABLE (organization_id uuid, kind text, id uuid, score real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        tenants uuid[] := NULLIF(current_setting('aipromote.organizations', true), '')::uuid[];
        close tsquery := close_words(asked, language);
        near tsquery := near_words(asked, language);
    BEGIN
        IF near IS NULL THEN
            RETURN;
        END IF;
        RETURN QUERY
            WITH posts AS (
                SELECT p.organization_id, p.id, p.body FROM content_pieces p
                 WHERE p.organization_id = ANY (tenants) AND p.search @@ near AND p.status = 'PUBLISHED'
                 ORDER BY ts_rank('{0.5, 0.5, 0.7, 1}', p.search, near) DESC, p.id DESC LIMIT 50),
            files AS (
                SELECT t.organization_id, t.id, t.text FROM asset_texts t
                 WHERE t.organization_id = ANY (tenants) AND t.search @@ near
                 ORDER BY ts_rank(t.search, near) DESC, t.id DESC LIMIT 50)
            SELECT f.organization_id, f.kind, f.id, likeness(f.words, language, close, near) AS score
              FROM (SELECT p.organization_id, 'post' AS kind, p.id, p.body AS words FROM posts p
                     UNION ALL SELECT t.organization_id, 'file', t.id, t.text FROM files t) f
             ORDER BY 4 DESC, f.id DESC LIMIT least(how_many, 100);
    END $$
"""
DOOR = "doors.find_passages(text, text, int)"
CHECK = "ck_content_pieces_sources_array"
_TEXTS = "concat_ws(' ', title, hook, theme, array_to_string(hashtags, ' '), body, array_to_string(parts, ' '))"
_WORDS = "words_of_piece({0}title, {0}hook, {0}theme, {0}hashtags, {0}body, {0}parts)"
_BEYOND = r"~ '[^\u0001-\u007f]'"
TASKS = (
    Backfill(
        table="content_pieces",
        change=f"search = {_WORDS.format('t.')}",
        undone=f"{_TEXTS} {_BEYOND} AND search IS DISTINCT FROM {_WORDS.format('')}",
    ),
    Backfill(
        table="asset_texts",
        change="search = to_tsvector('pg_catalog.simple', spaced(t.text))",
        undone=f"text {_BEYOND} AND search IS DISTINCT FROM to_tsvector('pg_catalog.simple', spaced(text))",
    ),
)
MADE = (
    "likenesses(text[], text, text)",
    "likeness(text, text, tsquery, tsquery)",
    "near_words(text, text)",
    "close_words(text, text)",
    "configuration_of(text)",
    "folded(text)",
    "apart(text)",
)


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE content_pieces ADD COLUMN IF NOT EXISTS sources jsonb")
    op.execute(
        f"ALTER TABLE content_pieces DROP CONSTRAINT IF EXISTS {CHECK}, "
        f"ADD CONSTRAINT {CHECK} CHECK (jsonb_typeof(sources) = 'array') NOT VALID"
    )
    op.execute(APART.format(name="apart"))
    for statement in (FOLDED, SPACED, CONFIGURATION, CLOSE, NEAR, LIKENESS, SCORES, FIND):
        op.execute(statement)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")
    for task in TASKS:
        in_migration(task)
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE content_pieces VALIDATE CONSTRAINT {CHECK}")


def downgrade() -> None:
    """Take back. Words without accents stay in the index until their texts change."""
    op.execute(APART.format(name="spaced"))
    op.execute(f"DROP FUNCTION {DOOR}")
    op.execute(f"DROP FUNCTION {', '.join(MADE)}")
    op.drop_column("content_pieces", "sources")
