"""Where PostgreSQL's own programs are, in the version of the server that they are for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aipromote import settings
from aipromote.backup.programs import Programs
from aipromote.cli.db.connecting import connect
from aipromote.embedded import binaries
from aipromote.errors import SetupError

_DEBIAN = Path("/usr/lib/postgresql")


async def programs_for(url: str) -> Programs:
    """`pg_dump` and `pg_restore` of the server's major version: named, bundled, in the PATH, or Debian's. SetupError.

    Another version's would not do: an older one refuses the server, a newer one writes what the server does not know.
    """
    connection = await connect(url)
    try:
        wanted = connection.get_server_version().major
    finally:
        await connection.close()
    for folder in _folders(wanted):
        if (folder / "pg_restore").exists() and binaries.major(folder / "pg_dump") == wanted:
            return Programs(folder)
    raise SetupError(
        f"There is no pg_dump and pg_restore of PostgreSQL {wanted} here, which this server needs. "
        f"Install them (Debian: postgresql-client-{wanted}), or name their folder in AIPROMOTE_PG_BIN."
    )


def _folders(wanted: int) -> Iterator[Path]:
    if (named := settings.get().pg_bin) is not None:
        yield named
    with suppress(SetupError):
        yield binaries.find_pg_bin().server.parent
    if (found := shutil.which("pg_dump")) is not None:
        yield Path(found).resolve().parent
    yield _DEBIAN / str(wanted) / "bin"
