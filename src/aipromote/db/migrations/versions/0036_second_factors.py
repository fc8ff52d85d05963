"""Second factors of people: apps, passkeys, recovery codes, and sign-ins that wait for one.

The release before goes on working here: it knows none of the tables, and asks nobody for a second factor.

Revision: 0036; after: 0035.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM

from aipromote.db.tenancy import grant, stamp

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLES = ("app_factors", "recovery_codes", "passkeys", "passkey_challenges", "pending_sign_ins")
_PURPOSE = ENUM("REGISTER", "SIGN_IN", "SECOND", "CONFIRM", name="passkey_purpose", create_type=False)

OLD_PLACES = (
    "ARRAY['social_accounts.access_token', 'social_accounts.refresh_token', 'oauth_flows.code_verifier', "
    "'oauth_flows.hint', 'connect_choices.grants', 'network_apps.client_secret']"
)
PLACES = f"{OLD_PLACES[:-1]}, 'app_factors.secret']"
OF_PEOPLE = "ARRAY['app_factors.secret']"
"""Sealed places of tables without an organization: the number of nobody stands for it (`aipromote.db.sealing`)."""

# A sealed value begins with its version, the length of its key's id, and that id (see aipromote.db.sealing).
KEY_ID = "convert_from(substring(%1$I FROM 3 FOR get_byte(%1$I, 1)), 'SQL_ASCII')"

SEALED_SECRETS = """
    CREATE OR REPLACE FUNCTION doors.sealed_secrets() RETURNS TABLE (place text, key_id text, secrets bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        each text;
    BEGIN
        FOREACH each IN ARRAY {places} LOOP
            RETURN QUERY EXECUTE format(
                $q$ SELECT %3$L, {key_id}, count(*) FROM %2$I WHERE %1$I IS NOT NULL GROUP BY 2 $q$,
                split_part(each, '.', 2), split_part(each, '.', 1), each);
        END LOOP;
    END $$
"""
SEALED_OTHERWISE = """
    CREATE OR REPLACE FUNCTION doors.sealed_otherwise(
        place text, sealing_key text, after_organization uuid, after_id uuid, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        whose text := CASE WHEN place = ANY ({of_people}) THEN '''00000000-0000-0000-0000-000000000000''::uuid'
                           ELSE 'organization_id' END;
    BEGIN
        IF NOT place = ANY ({places}) THEN
            RAISE EXCEPTION '% is no sealed column', place USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN QUERY EXECUTE format(
            $q$ SELECT %3$s, id FROM %2$I
                 WHERE %1$I IS NOT NULL AND {key_id} <> $1 AND (%3$s, id) > ($2, $3)
                 ORDER BY %3$s, id LIMIT $4 $q$,
            split_part(place, '.', 2), split_part(place, '.', 1), whose)
        USING sealing_key, after_organization, after_id, how_many;
    END $$
"""
OLD_SEALED_OTHERWISE = """
    CREATE OR REPLACE FUNCTION doors.sealed_otherwise(
        place text, sealing_key text, after_organization uuid, after_id uuid, how_many int)
    RETURNS TABLE (organization_id uuid, id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF NOT place = ANY ({places}) THEN
            RAISE EXCEPTION '% is no sealed column', place USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN QUERY EXECUTE format(
            $q$ SELECT organization_id, id FROM %2$I
                 WHERE %1$I IS NOT NULL AND {key_id} <> $1 AND (organization_id, id) > ($2, $3)
                 ORDER BY organization_id, id LIMIT $4 $q$,
            split_part(place, '.', 2), split_part(place, '.', 1))
        USING sealing_key, after_organization, after_id, how_many;
    END $$
"""


def _instant(name: str, *, now: bool = False, nullable: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def _bytes(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _counter(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))


def _checks(table: str, conditions: dict[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(condition, name=f"ck_{table}_{name}") for name, condition in conditions.items()]


def _of_a_person(table: str, *columns: sa.schema.SchemaItem, must: bool = True) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=not must),
        *columns,
        _instant("created_at", now=True),
        _instant("updated_at", now=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _factors() -> None:
    _of_a_person(
        "app_factors",
        _bytes("secret"),
        _instant("confirmed_at", nullable=True),
        _counter("last_step"),
        _unique("app_factors", "user_id"),
        *_checks(
            "app_factors",
            {
                "secret_sealed": "get_byte(secret, 0) = 1",
                "last_step_counts": "last_step >= 0",
                "confirmed_by_a_code": "(confirmed_at IS NULL) = (last_step = 0)",
            },
        ),
    )
    _of_a_person(
        "recovery_codes",
        _bytes("code_hash"),
        _instant("used_at", nullable=True),
        _unique("recovery_codes", "user_id", "code_hash"),
        *_checks("recovery_codes", {"code_hash_sha256": "octet_length(code_hash) = 32"}),
    )
    _of_a_person(
        "passkeys",
        sa.Column("name", sa.Text(), nullable=False),
        _bytes("credential"),
        _bytes("public_key"),
        _counter("sign_count"),
        _instant("last_used_at", nullable=True),
        _unique("passkeys", "credential"),
        *_checks(
            "passkeys",
            {
                "name_length": "char_length(name) <= 100",
                "name_given": "name ~ '\\S'",
                "credential_size": "octet_length(credential) BETWEEN 1 AND 1023",
                "public_key_size": "octet_length(public_key) BETWEEN 1 AND 4096",
                "sign_count_counts": "sign_count >= 0",
            },
        ),
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])


def _waiting() -> None:
    op.execute("CREATE TYPE passkey_purpose AS ENUM ('REGISTER', 'SIGN_IN', 'SECOND', 'CONFIRM')")
    _of_a_person(
        "passkey_challenges",
        _bytes("challenge_hash"),
        sa.Column("purpose", _PURPOSE, nullable=False),
        _instant("expires_at"),
        _unique("passkey_challenges", "challenge_hash"),
        *_checks(
            "passkey_challenges",
            {
                "challenge_hash_sha256": "octet_length(challenge_hash) = 32",
                "person_known": "(user_id IS NULL) = (purpose = 'SIGN_IN')",
            },
        ),
        must=False,
    )
    _of_a_person(
        "pending_sign_ins",
        _bytes("token_hash"),
        _instant("expires_at"),
        _unique("pending_sign_ins", "token_hash"),
        *_checks("pending_sign_ins", {"token_hash_sha256": "octet_length(token_hash) = 32"}),
    )
    for table in ("passkey_challenges", "pending_sign_ins"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])


def upgrade() -> None:
    """Apply."""
    _factors()
    _waiting()
    for table in TABLES:
        for statement in (*grant(table), *stamp(table)):
            op.execute(statement)
    op.execute(SEALED_SECRETS.format(places=PLACES, key_id=KEY_ID))
    op.execute(SEALED_OTHERWISE.format(places=PLACES, of_people=OF_PEOPLE, key_id=KEY_ID))


def downgrade() -> None:
    """Take back."""
    op.execute(SEALED_SECRETS.format(places=OLD_PLACES, key_id=KEY_ID))
    op.execute(OLD_SEALED_OTHERWISE.format(places=OLD_PLACES, key_id=KEY_ID))
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP TYPE passkey_purpose")
