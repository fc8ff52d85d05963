"""WordPress itself, from the packages of the system, for one test run: its own database, in a folder that goes away."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aipromote.embedded.ports import free_port
from aipromote.embedded.ties import tie_to

HERE = Path(__file__).parent / "wordpress"
CODE = Path("/usr/share/wordpress")
_PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
_THEME = {"style.css": "/*\nTheme Name: Bare\n*/\n", "index.php": "<?php the_post(); the_content();\n"}
_START_SECONDS, _STOP_SECONDS, _CALL_SECONDS = 60, 10, 120
_CREATE = "mysqli_query(mysqli_connect('localhost', 'root', '', '', 0, $argv[1]), 'create database wordpress');"


class NotToBeHad(Exception):
    """There is no WordPress here, and why."""


@dataclass(frozen=True, slots=True)
class Real:
    """A running site. `passwords`: application passwords as WordPress shows them, of ada (author), cy (contributor)."""

    url: str
    code: Path
    passwords: dict[str, str]

    @property
    def breakdowns(self) -> int:
        """How often PHP has ended a call with 500."""
        return (self.code.parent / "php.log").read_text().count(" [500]: ")

    def choose_addresses(self, structure: str) -> None:
        """`/%postname%/`, or an empty word for plain ones (`?p=1`), where the API is behind `?rest_route=` alone."""
        _run(["php", str(HERE / "addresses.php"), str(self.code), structure])


@contextmanager
def running(*, is_asked: bool) -> Iterator[Real]:
    """A new site with its users; it is stopped and removed afterwards. Raises NotToBeHad."""
    if not is_asked:
        raise NotToBeHad("WordPress is started only with `--real-wordpress` (docs/connectors/wordpress.md).")
    missing = [name for name in _PROGRAMS if shutil.which(name, path=_path()) is None]
    missing += [] if (CODE / "wp-load.php").exists() else [str(CODE)]
    if missing:
        raise NotToBeHad(f"Not installed here: {', '.join(missing)} (docs/connectors/wordpress.md).")
    folder = Path(tempfile.mkdtemp(prefix="aipromote-wordpress-", dir="/tmp"))  # a socket's name is short
    try:
        with _database(folder), _site(folder) as made:
            yield made
    finally:
        shutil.rmtree(folder)


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    data, where, user = f"--datadir={folder / 'db'}", folder / "db.sock", f"--user={getpass.getuser()}"
    only_root = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    _run(["mariadb-install-db", "--no-defaults", data, user, *only_root])
    small = ["--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"]
    with _process(["mariadbd", "--no-defaults", data, user, f"--socket={where}", *small], folder / "db.log") as check:
        _await(socket.AF_UNIX, str(where), check)
        _run(["php", "-r", _CREATE, str(where)])
        yield


@contextmanager
def _site(folder: Path) -> Iterator[Real]:
    code, port = folder / "site", free_port()
    url = f"http://127.0.0.1:{port}"
    shutil.copytree(CODE, code, ignore=_left_out)
    shutil.copy(HERE / "wp-config.php", code)
    theme = code / "wp-content/themes/bare"
    theme.mkdir(parents=True)
    for name, content in _THEME.items():
        (theme / name).write_text(content)
    shutil.copytree(HERE / "mu-plugins", code / "wp-content/mu-plugins")
    (folder / "address").write_text(url)
    passwords = json.loads(_run(["php", str(HERE / "install.php"), str(code)]))
    made = Real(url, code, passwords)
    made.choose_addresses("/%postname%/")
    with _process(["php", "-S", f"127.0.0.1:{port}", "-t", str(code)], folder / "php.log") as check:
        _await(socket.AF_INET, ("127.0.0.1", port), check)
        yield made


def _left_out(folder: str, names: list[str]) -> set[str]:
    """What belongs to the machine's own site, and links to packages that are not installed."""
    return {"wp-config.php", "wp-content", ".htaccess"} | {one for one in names if not Path(folder, one).exists()}


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _environment() -> dict[str, str]:
    """PHP's server with workers would leave them behind when it ends."""
    return {name: value for name, value in os.environ.items() if name != "PHP_CLI_SERVER_WORKERS"} | {"PATH": _path()}


def _run(command: list[str]) -> str:
    done = subprocess.run(
        command,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_CALL_SECONDS,
    )
    if done.returncode:
        raise AssertionError(f"{command[:2]} failed: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[Callable[[], None]]:
    """Run it, and end it afterwards; it ends with this process, too. Yields what raises once it is gone."""
    with log.open("w") as lines:
        process = subprocess.Popen(
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            preexec_fn=tie_to(os.getpid(), signal.SIGTERM),  # noqa: PLW1509 -- only system calls
        )

    def check() -> None:
        if process.poll() is not None:
            raise AssertionError(f"{command[0]} did not start: {log.read_text()[-2000:]}")

    try:
        yield check
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(family: socket.AddressFamily, where: str | tuple[str, int], check: Callable[[], None]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        check()
        with socket.socket(family) as probe:
            if probe.connect_ex(where) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Nothing answers at {where}.")
