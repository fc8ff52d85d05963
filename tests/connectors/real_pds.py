"""Bluesky's own server, from its npm package: installed once outside the repository, started by tests that need it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent / "pds"
_INSTALL_SECONDS, _START_SECONDS, _STOP_SECONDS = 900, 60, 10
_OLDEST_NODE = 20


class NotToBeHad(Exception):
    """There is no such server here, and why."""


def address(*, may_install: bool) -> Iterator[str]:
    """A running server's address; it is stopped afterwards. Raises NotToBeHad."""
    node, npm = _programs()
    modules = _installed(node, npm, may_install=may_install)
    folder = Path(tempfile.mkdtemp(prefix="aipromote-pds-"))
    try:
        with _running(node, modules, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder)


def _programs() -> tuple[str, str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotToBeHad(f"Node {_OLDEST_NODE} and npm are not here.")
    version = _version(node)
    if int(version.partition(".")[0]) < _OLDEST_NODE:
        raise NotToBeHad(f"Node {version} is too old; {_OLDEST_NODE} is needed.")
    return node, npm


def _version(node: str) -> str:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.strip().removeprefix("v")


def _installed(node: str, npm: str, *, may_install: bool) -> Path:
    """The folder of the packages, for this lock file, Node and machine."""
    files = [(HERE / name).read_bytes() for name in ("package.json", "package-lock.json")]
    made_for = f"{_version(node)} {platform.machine()} {platform.system()}".encode()
    digest = hashlib.sha256(b"\0".join([*files, made_for])).hexdigest()[:16]
    cache = Path(os.environ.get("AIPROMOTE_TEST_CACHE") or Path.home() / ".cache" / "aipromote-tests")
    home = cache / f"pds-{digest}"
    if home.exists():
        return home / "node_modules"
    if not may_install:
        raise NotToBeHad(
            "Bluesky's server is not installed here; `--real-pds` does that once (docs/connectors/bluesky.md)."
        )
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "pds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of one run
        if not home.exists():
            _install(npm, home)
    return home / "node_modules"


def _install(npm: str, home: Path) -> None:
    """Into a folder beside it first: what is there under its name is complete."""
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="pds-", dir=home.parent))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        _npm(npm, folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        _npm(npm, folder, "rebuild", "better-sqlite3", "--foreground-scripts")  # the one script that has to run
        if not (folder / "node_modules/better-sqlite3/build/Release/better_sqlite3.node").exists():
            raise NotToBeHad("better-sqlite3 was not built.")
        folder.rename(home)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"\nBluesky's server was installed in {time.monotonic() - begun:.0f} s: {home}")  # noqa: T201 -- for the reader


def _npm(npm: str, folder: Path, *arguments: str) -> None:
    try:
        done = subprocess.run(
            [npm, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"npm {arguments[0]} did not end within {_INSTALL_SECONDS} s.") from None
    if done.returncode:
        raise NotToBeHad(f"npm {arguments[0]} failed: {' '.join(done.stderr.split())[-300:]}")


@contextmanager
def _running(node: str, modules: Path, folder: Path) -> Iterator[str]:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [node, str(HERE / "serve.js"), str(folder)],
            env=os.environ | {"NODE_PATH": str(modules)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        url = process.stdout.readline().decode().strip() if ready else ""
        if not url.startswith("http://"):
            raise AssertionError(f"Bluesky's server did not start: {(folder / 'log').read_text()[-2000:]}")
        yield url
    finally:
        process.stdin.close()  # ends it, as the end of this process would
        process.stdout.close()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
