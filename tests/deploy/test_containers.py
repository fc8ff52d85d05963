"""The container files, read as data, and each container's command run as a plain process (there is no engine here)."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from product import until
from ruamel.yaml import YAML
from sqlalchemy import make_url

from aipromote import settings
from aipromote.ai.providers.lineup import Provider
from aipromote.embedded import account, binaries
from aipromote.embedded.home import Home
from aipromote.embedded.ports import free_port
from aipromote.settings import Settings
from servers import open_folder

PROJECT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = YAML(typ="safe").load((PROJECT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGE_PROBE = ["CMD", "python", "-m", "aipromote.cli.probe", "web"]
"""The health check of the image itself."""
OURS = ("migrate", "web", "worker")


@pytest.fixture(scope="module")
def secrets() -> Iterator[Path]:
    """What `deploy/secrets.sh` makes, in a folder of its own."""
    folder = open_folder()
    shutil.copy(PROJECT / "deploy" / "secrets.sh", folder)
    subprocess.run(["sh", str(folder / "secrets.sh")], check=True, capture_output=True)
    yield folder / "secrets"
    shutil.rmtree(folder)


def test_the_compose_file_is_what_the_specification_allows() -> None:
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*command, "compose.yaml"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_only_the_web_port_is_published() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service and "profiles" not in service}
    assert published == {"web"}
    assert all(
        service["ports"] == ["127.0.0.1:8401:8401"] for name, service in SERVICES.items() if name == "bull-board"
    )


def test_the_product_runs_without_rights_on_a_read_only_file_system() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    stage = (PROJECT / "Dockerfile").read_text().split("AS product")[1]
    assert re.search(r"^USER aipromote$", stage, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", stage, re.MULTILINE)
    assert json.dumps(IMAGE_PROBE[1:]) in stage


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in (PROJECT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (PROJECT / source).exists(), source
                assert source in kept, source


def test_no_secret_is_in_the_file_or_in_the_environment() -> None:
    # The second without a login: it is derived. Models' servers have their keys in files.
    open_addresses = {"AIPROMOTE_PUBLIC_URL", "AIPROMOTE_APP_DATABASE_URL"}
    open_addresses |= {f"AIPROMOTE_AI_{provider.name}_URL" for provider in Provider}
    for name, service in SERVICES.items():
        for variable in set(service.get("environment", {})) - open_addresses:
            assert not re.search(r"PASSWORD$|_URL$|_KEYS?$|TOKEN$", variable), f"{name}: {variable}"


def _read(service: str, chosen: dict[str, str], mounted: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the service reads, with `chosen` in the file `.env`."""

    def value(match: re.Match[str]) -> str:
        return chosen.get(match[1]) or match[2]

    written = SERVICES[service]["environment"]
    for name, text in written.items():
        monkeypatch.setenv(name, re.sub(r"\$\{(\w+):-([^}]*)\}", value, str(text)))
    monkeypatch.setenv("AIPROMOTE_SECRETS_DIR", str(mounted))
    return settings.read(os.environ)


def test_the_settings_for_models_reach_the_services_that_write_and_their_keys_are_files(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {name for name in Settings.model_fields if name.startswith("ai_")}
    keys = {f"aipromote_{name}" for name in fields if name.endswith("_key")}
    chosen = {
        "AIPROMOTE_AI_MODELS": "compatible:llama3.1:8b,offline",
        "AIPROMOTE_AI_COMPATIBLE_URL": "http://host.docker.internal:11434/v1",
        "AIPROMOTE_AI_TIMEOUT_SECONDS": "600",
        "AIPROMOTE_AI_BUDGET_CENTS": "500",
    }
    mounted = shutil.copytree(secrets, secrets.parent / "with_a_key")
    (mounted / "aipromote_ai_openai_key").chmod(0o600)
    (mounted / "aipromote_ai_openai_key").write_text("sk-of-a-test\n")
    for name in ("web", "worker"):
        service = SERVICES[name]
        assert keys <= set(service["secrets"]), name
        assert {f"AIPROMOTE_{field.upper()}" for field in fields} - {key.upper() for key in keys} <= set(
            service["environment"]
        ), name
        found = _read(name, chosen, mounted, monkeypatch)
        assert (found.ai_models, found.ai_timeout_seconds) == (chosen["AIPROMOTE_AI_MODELS"], 600)
        assert (found.ai_budget_cents, found.ai_compatible_url) == (500, chosen["AIPROMOTE_AI_COMPATIBLE_URL"])
        assert found.ai_openai_key.get_secret_value() == "sk-of-a-test"
        assert "sk-of-a-test" not in repr(found)
        assert "host.docker.internal:host-gateway" in service["extra_hosts"]


def test_without_any_choice_the_containers_write_without_a_model(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _read("worker", {}, secrets, monkeypatch)
    usual = {name: field.default for name, field in Settings.model_fields.items() if name.startswith("ai_")}
    assert {name: getattr(found, name) for name in usual} == usual


def test_every_secret_that_is_mounted_is_made_by_the_script_and_kept_the_second_time(secrets: Path) -> None:
    made = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}
    assert {path.name for path in secrets.iterdir()} == made
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    again = subprocess.run(["sh", str(secrets.parent / "secrets.sh")], check=True, capture_output=True, text=True)
    assert again.stdout.count("kept") == len(made)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
    for name, service in SERVICES.items():
        mounted = {secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])}
        assert mounted <= set(COMPOSE["secrets"]), name


def test_the_queues_server_keeps_every_key_and_asks_for_the_password(secrets: Path) -> None:
    data, port = open_folder(), free_port()
    command = [part.replace("/run/secrets", str(secrets)) for part in SERVICES["valkey"]["command"]]
    command[0] = str(binaries.find_valkey().server)
    command[command.index("/data")] = str(data)
    password = (secrets / "valkey_password").read_text()
    with process([*command, "--port", str(port)]) as running:
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        answers = until(lambda: _ask(url), "answer")
        assert answers == {"maxmemory-policy": "noeviction", "appendonly": "yes"}
        assert _ask(f"redis://127.0.0.1:{port}/0") is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    shutil.rmtree(data)


def _ask(url: str) -> dict[str, str] | None:
    import redis  # noqa: PLC0415 -- the synchronous client, which only this test uses

    client = redis.Redis.from_url(url, decode_responses=True)
    try:
        return client.config_get("maxmemory-policy", "appendonly")
    except redis.RedisError:
        return None
    finally:
        client.close()


def test_postgres_takes_the_options_of_its_container() -> None:
    command = SERVICES["postgres"]["command"]
    user = account.for_servers()
    folder = open_folder()
    home = Home(folder / "home", owner=user).open()
    user.give(folder)
    try:
        server = binaries.within_reach(binaries.find_pg_bin(None), home=home)
        prepared = [
            str(server.with_name("initdb")),
            "-D",
            str(folder / "data"),
            "-U",
            "aipromote",
            "--no-sync",
            "-A",
            "trust",
        ]
        subprocess.run(prepared, check=True, capture_output=True, **user.popen())
        asked = [server, "-D", (folder / "data"), "-C", "shared_preload_libraries", *command[1:]]
        shown = subprocess.run(asked, check=True, capture_output=True, text=True, **user.popen())
        assert shown.stdout.strip() == "pg_stat_statements"
    finally:
        home.close()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def container(secrets: Path, owner_url_base: str, redis_server_url: str) -> Iterator[dict[str, str]]:
    """The environment that one of our containers sees, after `migrate` has done its work on a database of its own."""
    name = f"container_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    home = open_folder()
    mounted = shutil.copytree(secrets, home / "secrets")
    url = make_url(owner_url_base).set(database=name).render_as_string(hide_password=False)
    for file, text in (("database_url", url), ("redis_url", redis_server_url)):
        (mounted / file).chmod(0o600)
        (mounted / file).write_text(text + "\n")
    _database(owner_url_base, f"CREATE DATABASE {name}", drop=name)
    stage = (PROJECT / "Dockerfile").read_text().split("AS product")[1]
    image = dict(re.findall(r"\b(AIPROMOTE_\w+)=(\S+)", stage))
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        **image,
        **{name: str(value) for name, value in SERVICES["web"]["environment"].items() if "$" not in str(value)},
        "AIPROMOTE_SECRETS_DIR": str(mounted),
        "AIPROMOTE_HOME": str(home),
        "AIPROMOTE_HOST": "127.0.0.1",
        "AIPROMOTE_PORT": str(free_port()),
        "AIPROMOTE_QUEUE_PREFIX": name,
    }
    migrated = run(SERVICES["migrate"]["command"], environment)
    assert migrated.returncode == 0, migrated.stderr
    yield environment
    _database(owner_url_base, None, drop=name)
    shutil.rmtree(home)


def _database(base: str, statement: str | None, *, drop: str) -> None:
    import asyncio  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    async def run() -> None:
        connection = await asyncpg.connect(base)
        await connection.execute(f"DROP DATABASE IF EXISTS {drop} WITH (FORCE)")
        if statement is not None:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


def test_migrate_web_and_worker_run_as_in_their_containers(container: dict[str, str]) -> None:
    with (
        process(SERVICES["web"]["command"], container) as web,
        process(SERVICES["worker"]["command"], container) as worker,
    ):
        for name, running in (("web", web), ("worker", worker)):
            probe = SERVICES[name].get("healthcheck", {}).get("test", IMAGE_PROBE)
            until(lambda probe=probe: run(probe[1:], container).returncode == 0 or None, f"{name} that is well")
            assert running.poll() is None, name
        way_in = run(["aipromote", "link"], container).stdout.strip()
        token = (Path(container["AIPROMOTE_SECRETS_DIR"]) / "aipromote_setup_token").read_text()
        assert way_in.endswith(f"/setup?token={token}")
        with urllib.request.urlopen(way_in) as page:
            assert page.status == 200
        for running in (web, worker):
            running.send_signal(signal.SIGTERM)
            assert running.wait(40) in {0, -signal.SIGTERM}
    assert run(["python", "-m", "aipromote.cli.probe", "web"], container).returncode == 1


def test_the_product_works_behind_the_pgbouncer_of_its_container(
    container: dict[str, str], owner_url_base: str
) -> None:
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no pgbouncer on this machine: it is an optional container")
    server, port, folder = make_url(owner_url_base), free_port(), open_folder()
    (folder / "users").write_text(f'"{server.username}" "{server.password}"\n')
    name = container["AIPROMOTE_QUEUE_PREFIX"]
    words = (PROJECT / "deploy" / "pgbouncer.ini").read_text()
    for written, here in (
        ("aipromote = host=postgres port=5432 dbname=aipromote", f"{name} = host=127.0.0.1 port={server.port}"),
        ("listen_port = 6432", f"listen_port = {port}"),
        ("/run/secrets/pgbouncer_users", str(folder / "users")),
    ):
        assert written in words
        words = words.replace(written, here)
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (1, 21):
        words = words.replace("max_prepared_statements = 0\n", "")  # not known yet, and not there either
    (folder / "pgbouncer.ini").write_text(words)
    user: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
    bouncing = subprocess.Popen([program, folder / "pgbouncer.ini"], stderr=subprocess.PIPE, text=True, **user)
    through = {"AIPROMOTE_PGBOUNCER": "true", "AIPROMOTE_APP_DATABASE_URL": f"postgresql://127.0.0.1:{port}/{name}"}
    try:
        answer = until(lambda: _succeeded(run(["aipromote", "link"], container | through)), "way in")
        assert "/setup?token=" in answer
    finally:
        bouncing.terminate()
        bouncing.communicate()
        shutil.rmtree(folder)


def _succeeded(done: subprocess.CompletedProcess[str]) -> str | None:
    return done.stdout if done.returncode == 0 else None


def test_bull_board_shows_the_five_queues(redis_server_url: str, tmp_path: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node on this machine: bull-board is an optional container")
    folder = shutil.copytree(PROJECT / "deploy" / "bull-board", tmp_path / "board", ignore=lambda *_: ["node_modules"])
    installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=False)
    assert installed.returncode == 0
    environment = {"PATH": os.environ["PATH"], "REDIS_URL": redis_server_url, "BULL_BOARD_PORT": "0"}
    with process(["node", str(folder / "server.js")], environment | {"BULL_BOARD_HOST": "127.0.0.1"}) as board:
        assert board.stdout is not None
        address = board.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}/api/queues") as answer:
            queues = json.loads(answer.read())["queues"]
        from aipromote.jobs.kinds import QUEUES  # noqa: PLC0415 -- beside what it is compared with

        assert {queue["name"] for queue in queues} == {queue.name for queue in QUEUES}
        assert all(queue["readOnlyMode"] for queue in queues)


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0], path=environment["PATH"])
    assert program is not None
    return subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@contextmanager
def process(command: list[str], environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program that goes on until it is told to stop; killed when the test failed before."""
    program = shutil.which(command[0], path=(environment or os.environ)["PATH"])
    assert program is not None
    running = subprocess.Popen(
        [program, *command[1:]], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()
