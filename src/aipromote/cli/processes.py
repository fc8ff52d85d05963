"""The product's own processes, as `up` and `demo` start them beside the embedded servers."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aipromote import settings
from aipromote.db import migrate
from aipromote.embedded.ports import free_port
from aipromote.embedded.runtime import Runtime, answers


def adopt_and_migrate(runtime: Runtime) -> None:
    """Use the runtime's servers in this process too, and bring the schema up to date."""
    settings.adopt(runtime.environment)
    asyncio.run(migrate.upgrade(runtime.database_url))


def start_sandbox(runtime: Runtime, *, port: int | None, environment: dict[str, str]) -> str:
    """Start the sandbox network; returns its address."""
    chosen = port or free_port()
    url = f"http://127.0.0.1:{chosen}"
    store = runtime.home.path / "sandbox.sqlite"
    argv = [sys.executable, "-m", "aipromote.sandbox", "--port", str(chosen), "--store", str(store)]
    runtime.spawn("sandbox", argv, environment=environment, is_ready=answers(f"{url}/healthz"))
    runtime.tell(sandbox_url=url)
    return url


def start_worker(runtime: Runtime, *, environment: dict[str, str]) -> None:
    """Start a worker."""
    runtime.spawn("worker", [sys.executable, "-m", "aipromote.worker"], environment=environment)


def start_web(runtime: Runtime, *, host: str, port: int, environment: dict[str, str]) -> str:
    """Start the web process; returns its address when it answers."""
    granian = Path(sys.executable).with_name("granian")
    argv: list[str | Path] = [
        granian, "--interface", "asgi", "--factory", "--host", host, "--port", str(port), "--workers", "1",
        "--loop", "uvloop", "--no-ws", "--log-level", "warning", "aipromote.app:create_app",
    ]  # fmt: skip
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
    url = f"http://{shown}:{port}"
    runtime.spawn(
        "web", argv, environment={**environment, "AIPROMOTE_PORT": str(port)}, is_ready=answers(f"{url}/health")
    )
    runtime.tell(web_url=url)
    return url
