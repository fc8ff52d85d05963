"""What the server must know of enums, so that row-level security does not keep it from its indexes.

Before a policy has let a row through, PostgreSQL runs only functions on it that are known to give nothing away: the
rest waits, as a filter behind the policy. Comparing enums for equality is not marked as such, though it compares two
numbers and cannot even fail. So the application's `status = 'PUBLISHED'` would read all rows of an organization, past
an index that begins with (organization_id, status). The mark belongs to the database and is in no dump, so it is looked
after whenever migrations run.
"""

from __future__ import annotations

import asyncpg
import structlog
from sqlalchemy import make_url

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_IS_MARKED = "SELECT proleakproof FROM pg_proc WHERE oid = 'pg_catalog.enum_eq(anyenum, anyenum)'::regprocedure"
_MARK = "ALTER FUNCTION pg_catalog.enum_eq(anyenum, anyenum) LEAKPROOF"


async def ensure(owner_url: str) -> bool:
    """Mark it, if it is not. False where only a superuser may and the owner is none: all works, but reads more."""
    plain = make_url(owner_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, timeout=10)
    try:
        if await connection.fetchval(_IS_MARKED):
            return True
        await connection.execute(_MARK)
    except asyncpg.InsufficientPrivilegeError:
        log.warning("queries by status read more than they need to", let_a_superuser_run=_MARK)
        return False
    except asyncpg.InternalServerError:  # "tuple concurrently updated": somebody else is marking it
        return bool(await connection.fetchval(_IS_MARKED))
    finally:
        await connection.close()
    return True
