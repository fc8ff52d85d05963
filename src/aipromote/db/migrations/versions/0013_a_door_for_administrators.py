"""A door through which an administrator of the instance finds the organizations that a look at the tables can be for.

Revision: 0013; after: 0012.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Names of organizations, for somebody whose role as a user is ADMIN: the door looks that up itself and shows others
# nothing. `named` is what a name begins with, an empty text for all.
ORGANIZATIONS_FOR = """
    CREATE FUNCTION doors.organizations_for(administrator uuid, named text, how_many int)
    RETURNS TABLE (organization_id uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT o.id, o.name FROM organizations o
         WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = administrator AND u.role = 'ADMIN')
           AND starts_with(lower(o.name), lower(named))
         ORDER BY lower(o.name), o.id LIMIT how_many
    $$
"""
DOOR = "doors.organizations_for(uuid, text, int)"


def upgrade() -> None:
    """Apply."""
    op.execute(ORGANIZATIONS_FOR)
    op.execute(f"REVOKE ALL ON FUNCTION {DOOR} FROM public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {DOOR} TO aipromote_app")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP FUNCTION {DOOR}")
