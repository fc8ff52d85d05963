"""The statements of tenancy, as text for migrations: policies, grants, and triggers that every table gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aipromote.db.roles import GROUP

# In a scalar subquery the setting is read once per statement, not once per row. An empty setting (what PostgreSQL
# leaves behind after a transaction-local value) means no organization at all.
CURRENT = "((SELECT NULLIF(current_setting('aipromote.organizations', true), '')::uuid[])::uuid[])"


def protect(table: str, *, column: str = "organization_id") -> list[str]:
    """Row-level security for one tenant table."""
    condition = f"{column} = ANY {CURRENT}"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_tenant ON {table} TO {GROUP} USING ({condition}) WITH CHECK ({condition})",
    ]


def grant(table: str) -> list[str]:
    """What the application may do with a table."""
    return [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {GROUP}"]


def stamp(table: str) -> list[str]:
    """`updated_at` kept by the database."""
    return [f"CREATE TRIGGER {table}_stamp BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION stamp_updated_at()"]


def stay(table: str) -> list[str]:
    """No row of a tenant table ever moves into another organization."""
    statement = (
        f"CREATE OR REPLACE TRIGGER {table}_stays BEFORE UPDATE OF organization_id ON {table} FOR EACH ROW "
        "WHEN (OLD.organization_id IS DISTINCT FROM NEW.organization_id) EXECUTE FUNCTION refuse_rewrite()"
    )
    return [statement]


def guard_moves(table: str, moves: Mapping[str, Iterable[str]]) -> list[str]:
    """Refuse every status move that the table of allowed moves does not name."""
    allowed = ", ".join(f"'{before}>{after}'" for before in moves for after in sorted(moves[before]))
    statement = (
        f"CREATE TRIGGER {table}_moves BEFORE UPDATE OF status ON {table} FOR EACH ROW "
        f"WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION refuse_move({allowed})"
    )
    return [statement]
