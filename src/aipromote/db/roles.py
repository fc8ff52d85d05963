"""The application's own login: not the owner of the tables, so that row-level security holds for it.

Migrations run as the owner (`DATABASE_URL`). They grant to the group `aipromote_app`; the application logs in as a
member of that group, named after its database. Its password is derived from the secret key, so nothing more
has to be kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import asyncpg
from sqlalchemy import make_url

from aipromote import settings
from aipromote.errors import SetupError

GROUP = "aipromote_app"
_MAX_NAME = 63
_TRIES = 10

# Roles belong to the whole server, and advisory locks to one database: two databases that are set up at once can cross.
_CROSSED = (asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError, asyncpg.InternalServerError)


def login_name(database: str) -> str:
    """The application's login for this database: never the name of the group, which ends otherwise."""
    return f"{database}_login"[-_MAX_NAME:]


def password() -> str:
    """The login's password: an HMAC of a fixed label under the secret key."""
    key = settings.get().require("secret_key")
    return hmac.new(key.encode(), b"postgresql application login", hashlib.sha256).hexdigest()


def application_url() -> str:
    """Where the application connects: the URL that was set for it, or the owner's.

    With the login that the URL names; with the derived one where it names none, and instead of the owner.
    """
    config = settings.get()
    if config.app_database_url is not None and not login_is_derived():
        return config.app_database_url.get_secret_value()
    given = config.app_database_url or config.database_url
    url = make_url(given.get_secret_value() if given is not None else config.require("database_url"))
    return url.set(username=login_name(url.database or ""), password=password()).render_as_string(hide_password=False)


def login_is_derived() -> bool:
    """Whether the application logs in as the role that `ensure` makes, and not as one of an administrator's."""
    given = settings.get().app_database_url
    return given is None or not make_url(given.get_secret_value()).username


async def ensure(owner_url: str) -> None:
    """Make the group and the login, with its current password. Raises SetupError where that is not allowed."""
    url = make_url(owner_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, timeout=10)
    try:
        for attempt in range(_TRIES):
            try:
                await _make(connection, url.database or "")
            except _CROSSED:
                if attempt == _TRIES - 1:
                    raise
                await asyncio.sleep(0.05 * (attempt + 1))
            else:
                return
    except asyncpg.InsufficientPrivilegeError as refused:
        raise SetupError(
            f"The owner in DATABASE_URL may not create roles ({refused}). As an administrator run "
            f"`CREATE ROLE {GROUP} NOLOGIN; CREATE ROLE my_app LOGIN PASSWORD '...' IN ROLE {GROUP};` "
            "and set AIPROMOTE_APP_DATABASE_URL."
        ) from refused
    finally:
        await connection.close()


async def _make(connection: asyncpg.Connection, database: str) -> None:
    async with connection.transaction():
        await _create(connection, GROUP, "NOLOGIN")
        if login_is_derived():
            await _login(connection, login_name(database))


async def _create(connection: asyncpg.Connection, name: str, options: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
        await connection.execute(f'CREATE ROLE "{name}" {options} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE')


async def _login(connection: asyncpg.Connection, name: str) -> None:
    await _create(connection, name, "LOGIN")
    await connection.execute(f"""ALTER ROLE "{name}" LOGIN PASSWORD '{password()}'""")
    await connection.execute(f'GRANT {GROUP} TO "{name}"')
