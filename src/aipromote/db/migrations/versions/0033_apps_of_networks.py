"""The apps that networks know the instance by, what a consent opened, and what a flow and an account know of both.

The release before goes on working here: the new columns may be empty, and it knows none of the new tables.

Revision: 0033; after: 0032.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ENUM

from aipromote.db.tenancy import grant, protect, stamp, stay

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ADDED = {
    "social_accounts": {"client_id": "text", "connected_at": "timestamptz"},
    "oauth_flows": {"client_id": "text", "hint": "bytea"},
}
CHECKS = {
    "social_accounts": {"client_id_length": "char_length(client_id) <= 500"},
    "oauth_flows": {"client_id_length": "char_length(client_id) <= 500", "hint_sealed": "get_byte(hint, 0) = 1"},
}

OLD_PLACES = "ARRAY['social_accounts.access_token', 'social_accounts.refresh_token', 'oauth_flows.code_verifier']"
PLACES = (
    "ARRAY['social_accounts.access_token', 'social_accounts.refresh_token', 'oauth_flows.code_verifier', "
    "'oauth_flows.hint', 'connect_choices.grants', 'network_apps.client_secret']"
)

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

# Only rows of the product's own organization count: what an organization puts there for itself opens nothing.
NETWORK_APPS = """
    CREATE OR REPLACE FUNCTION doors.network_apps(connectors text[], servers text[])
    RETURNS TABLE (organization_id uuid, id uuid, connector text, server text, client_id text, client_secret bytea,
                   redirect_uri text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT a.organization_id, a.id, a.connector, a.server, a.client_id, a.client_secret, a.redirect_uri
          FROM (SELECT DISTINCT * FROM unnest(connectors, servers) AS u (connector, server)) k
          JOIN network_apps a ON a.connector = k.connector AND a.server = k.server
         WHERE a.organization_id = '00000000-0000-7000-8000-00000000000b'
         ORDER BY a.chosen_at DESC, a.id DESC
    $$
"""
DOOR = "network_apps(text[], text[])"


def _instant(name: str, *, now: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()") if now else None)


def _text(name: str, *, nullable: bool = False) -> sa.Column[object]:
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


def _apps() -> None:
    op.create_table(
        "network_apps",
        *_keys(
            "network_apps",
            _text("connector"),
            _text("server"),
            _text("client_id"),
            sa.Column("client_secret", sa.LargeBinary(), nullable=True),
            _text("redirect_uri", nullable=True),
            _instant("chosen_at"),
        ),
        sa.UniqueConstraint("organization_id", "connector", "server", "client_id", name="uq_network_apps_identity"),
        *_length("network_apps", connector=50, server=500, client_id=500, redirect_uri=2000),
        sa.CheckConstraint("char_length(client_id) > 0", name="ck_network_apps_client_id_given"),
        sa.CheckConstraint("get_byte(client_secret, 0) = 1", name="ck_network_apps_client_secret_sealed"),
    )


def _choices() -> None:
    op.create_table(
        "connect_choices",
        *_keys(
            "connect_choices",
            sa.Column("user_id", sa.Uuid(), nullable=False),
            sa.Column("platform", ENUM(name="platform", create_type=False), nullable=False),
            _text("connector"),
            _text("client_id", nullable=True),
            sa.Column("grants", sa.LargeBinary(), nullable=False),
            _instant("expires_at"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_connect_choices_user_id", ondelete="CASCADE"),
        *_length("connect_choices", connector=50, client_id=500),
        sa.CheckConstraint("get_byte(grants, 0) = 1", name="ck_connect_choices_grants_sealed"),
    )
    op.create_index("ix_connect_choices_user_id", "connect_choices", ["user_id"])


def _columns() -> None:
    for table, columns in ADDED.items():
        for name, kind in columns.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name} {kind}")
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            again = f"DROP CONSTRAINT IF EXISTS ck_{table}_{name}, ADD CONSTRAINT ck_{table}_{name}"
            op.execute(f"ALTER TABLE {table} {again} CHECK ({condition}) NOT VALID")
    with op.get_context().autocommit_block():
        for table, checks in CHECKS.items():
            for name in checks:
                op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def upgrade() -> None:
    """Apply. What stands before the block can be run again; the tables come after it."""
    _columns()
    _apps()
    _choices()
    for table in ("network_apps", "connect_choices"):
        for make in (grant, protect, stamp, stay):
            for statement in make(table):
                op.execute(statement)
    for door in (SEALED_SECRETS, SEALED_OTHERWISE):
        op.execute(door.format(places=PLACES, key_id=KEY_ID))
    op.execute(NETWORK_APPS)
    op.execute(f"REVOKE ALL ON FUNCTION doors.{DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION doors.{DOOR} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP FUNCTION doors.{DOOR}")
    for door in (SEALED_SECRETS, SEALED_OTHERWISE):
        op.execute(door.format(places=OLD_PLACES, key_id=KEY_ID))
    for table in ("connect_choices", "network_apps"):
        op.drop_table(table)
    for table, columns in ADDED.items():
        for name in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
