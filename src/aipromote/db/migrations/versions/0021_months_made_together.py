"""Two who make the partition of one month at once both get it.

Revision: 0021; after: 0020. The function keeps its name and its answer, so the release before goes on working here.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# Who waited for the lock has asked for the table before, and PostgreSQL remembers that there was none: the second look
# cannot be relied upon to see what the other has committed meanwhile. Making it does, and is refused. Whoever made it
# has attached it in the same transaction.
MAKE_PARTITION = """
    CREATE OR REPLACE FUNCTION doors.make_partition(day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
    DECLARE
        month date := date_trunc('month', day)::date;
        name text := 'analytics_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM');
    BEGIN
        IF to_regclass('public.' || name) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext(name));
            BEGIN
                EXECUTE format('CREATE TABLE public.%I (LIKE analytics INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
                EXECUTE format('ALTER TABLE analytics ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', name,
                               month::text || ' 00:00+00', (month + interval '1 month')::date::text || ' 00:00+00');
            EXCEPTION WHEN duplicate_table THEN
                NULL;
            END;
        END IF;
        RETURN name;
    END $$
"""

# As it stands in 0007.
FORMER_MAKE_PARTITION = """
    CREATE OR REPLACE FUNCTION doors.make_partition(day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
    DECLARE
        month date := date_trunc('month', day)::date;
        name text := 'analytics_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM');
    BEGIN
        IF to_regclass('public.' || name) IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext(name));
            IF to_regclass('public.' || name) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I (LIKE analytics INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
                EXECUTE format('ALTER TABLE analytics ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', name,
                               month::text || ' 00:00+00', (month + interval '1 month')::date::text || ' 00:00+00');
            END IF;
        END IF;
        RETURN name;
    END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute(MAKE_PARTITION)


def downgrade() -> None:
    """Take back."""
    op.execute(FORMER_MAKE_PARTITION)
