"""The audit log, which only grows, and API keys.

Revision: 0006; after: 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from aipromote.db.tenancy import grant, protect, stamp

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ACTOR_KIND = postgresql.ENUM("PERSON", "KEY", "PRODUCT", name="actor_kind", create_type=False)
MEMBER_ROLE = postgresql.ENUM("OWNER", "ADMIN", "EDITOR", "APPROVER", "VIEWER", name="member_role", create_type=False)

# Not even the owner changes an entry by accident. Looks at nothing but that somebody tries.
REFUSE_CHANGE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '%: what is written here is not changed', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END $$
"""


def upgrade() -> None:
    """Apply."""
    _audit_log()
    _api_keys()


def downgrade() -> None:
    """Take back."""
    op.drop_table("api_keys")
    op.drop_table("audit_log")
    op.execute("DROP FUNCTION refuse_change()")
    ACTOR_KIND.drop(op.get_bind())


def _audit_log() -> None:
    ACTOR_KIND.create(op.get_bind())
    op.create_table(
        "audit_log",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("actor_kind", ACTOR_KIND, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        *_times(),
        sa.CheckConstraint("action ~ '^[a-z_]+[.][a-z_]+$'", name="ck_audit_log_action_form"),
        sa.CheckConstraint("(actor_kind = 'PRODUCT') = (user_id IS NULL)", name="ck_audit_log_actor_has_person"),
        sa.CheckConstraint("(actor_kind = 'KEY') = (api_key_id IS NOT NULL)", name="ck_audit_log_actor_has_key"),
        sa.CheckConstraint("char_length(actor_name) <= 200", name="ck_audit_log_actor_name_length"),
        sa.CheckConstraint("char_length(action) <= 100", name="ck_audit_log_action_length"),
        sa.CheckConstraint("char_length(subject) <= 63", name="ck_audit_log_subject_length"),
        sa.CheckConstraint("jsonb_typeof(detail) = 'object'", name="ck_audit_log_detail_object"),
        *_keys("audit_log"),
    )
    op.create_index("ix_audit_log_newest", "audit_log", ["organization_id", "created_at", "id"])
    op.create_index(
        "ix_audit_log_subject", "audit_log", ["organization_id", "subject", "subject_id", "created_at", "id"]
    )
    op.execute(REFUSE_CHANGE)
    statements = [
        *protect("audit_log"),
        "GRANT SELECT, INSERT ON audit_log TO aipromote_app",
        "CREATE TRIGGER audit_log_frozen BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ]
    for statement in statements:
        op.execute(statement)


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", MEMBER_ROLE, nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        *_times(),
        sa.CheckConstraint("char_length(btrim(name)) > 0", name="ck_api_keys_name_given"),
        sa.CheckConstraint("octet_length(key_hash) = 32", name="ck_api_keys_key_hash_sha256"),
        sa.CheckConstraint("char_length(name) <= 100", name="ck_api_keys_name_length"),
        sa.CheckConstraint("char_length(prefix) <= 30", name="ck_api_keys_prefix_length"),
        *_keys("api_keys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_keys_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "key_hash", name="uq_api_keys_key_hash"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    for statement in (*grant("api_keys"), *protect("api_keys"), *stamp("api_keys")):
        op.execute(statement)


def _times() -> list[sa.Column[object]]:
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _keys(table: str) -> list[sa.schema.Constraint]:
    return [
        sa.PrimaryKeyConstraint("organization_id", "id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
    ]
