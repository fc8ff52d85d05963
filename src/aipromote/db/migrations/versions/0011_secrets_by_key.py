"""Doors to the secrets that an older key sealed.

Revision: 0011; after: 0010.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Every sealed column. A function may read no other: what a byte string of another kind begins with is nobody's business.
PLACES = "ARRAY['social_accounts.access_token', 'social_accounts.refresh_token', 'oauth_flows.code_verifier']"

# A sealed value begins with its version, the length of its key's id, and that id (see aipromote.db.sealing).
KEY_ID = "convert_from(substring(%1$I FROM 3 FOR get_byte(%1$I, 1)), 'SQL_ASCII')"

DOORS = (
    # How many secrets each key seals: counts and the names of keys, no rows.
    f"""
    CREATE FUNCTION doors.sealed_secrets() RETURNS TABLE (place text, key_id text, secrets bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        each text;
    BEGIN
        FOREACH each IN ARRAY {PLACES} LOOP
            RETURN QUERY EXECUTE format(
                $q$ SELECT %3$L, {KEY_ID}, count(*) FROM %2$I WHERE %1$I IS NOT NULL GROUP BY 2 $q$,
                split_part(each, '.', 2), split_part(each, '.', 1), each);
        END LOOP;
    END $$
    """,  # noqa: S608 -- nothing in it comes from outside
    # The rows of one column whose secret another key than this one seals, in the order of their keys: ids only.
    f"""
    CREATE FUNCTION doors.sealed_otherwise(
        place text, sealing_key text, after_organization uuid, after_id uuid, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT place = ANY ({PLACES}) THEN
            RAISE EXCEPTION '% is no sealed column', place USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN QUERY EXECUTE format(
            $q$ SELECT organization_id, id FROM %2$I
                 WHERE %1$I IS NOT NULL AND {KEY_ID} <> $1 AND (organization_id, id) > ($2, $3)
                 ORDER BY organization_id, id LIMIT $4 $q$,
            split_part(place, '.', 2), split_part(place, '.', 1))
        USING sealing_key, after_organization, after_id, how_many;
    END $$
    """,  # noqa: S608 -- nothing in it comes from outside
)
DOOR_NAMES = ("sealed_secrets()", "sealed_otherwise(text, text, uuid, uuid, int)")


def upgrade() -> None:
    """Apply."""
    for statement in DOORS:
        op.execute(statement)
    for door in DOOR_NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION doors.{door} FROM public")
        op.execute(f"GRANT EXECUTE ON FUNCTION doors.{door} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    for door in DOOR_NAMES:
        op.execute(f"DROP FUNCTION doors.{door}")
