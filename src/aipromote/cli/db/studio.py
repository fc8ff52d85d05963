"""`aipromote db studio`: a way into the Studio of the running instance, or of one that runs while it is wanted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from aipromote import settings
from aipromote.cli import processes
from aipromote.cli.instance import home_path, servers
from aipromote.cli.prepare import sign_in_path
from aipromote.db.database import Database
from aipromote.embedded.home import running
from aipromote.embedded.ports import free_port, is_free
from aipromote.embedded.runtime import Runtime


def run(*, data: Path | None) -> None:
    """Print an address that signs the administrator in to the Studio, once within an hour."""
    console = Console(highlight=False)
    path = home_path(data)
    facts = running(path)
    if facts is not None and "web_url" in facts:
        with servers(data):
            _tell(console, str(facts["web_url"]), asyncio.run(_path()))
    elif settings.get().names_servers_and_keys and settings.get().public_url:
        _tell(console, settings.get().public_url.rstrip("/"), asyncio.run(_path()))
    else:
        _serve(console, path)


def _serve(console: Console, path: Path) -> None:
    """Servers and a web process, without a worker: nothing is published meanwhile."""
    config = settings.get()
    with Runtime(path, settings=config, on_event=console.print) as runtime:
        runtime.start_servers()
        settings.adopt(runtime.environment)
        processes.prepare(runtime, environment={})
        port = config.port if is_free("127.0.0.1", config.port) else free_port()
        url = processes.start_web(runtime, host="127.0.0.1", port=port, environment={})
        processes.until_answered(runtime, f"{url}/health", name="web")
        _tell(console, url, asyncio.run(_path()))
        console.print("  Ctrl-C stops it. No worker runs, so nothing is published meanwhile.")
        runtime.wait()


def _tell(console: Console, url: str, path: str | None) -> None:
    if path is None or path.startswith("/setup"):
        console.print(f"There is no account yet. Make the first one, which administers the instance: {url}{path or ''}")
    else:
        console.print(f"  Studio   {url}{path}?next=/studio/", soft_wrap=True)
        console.print("  The link signs the administrator in, once, within an hour.")


async def _path() -> str | None:
    database = Database.from_settings("aipromote db studio")
    try:
        return await sign_in_path(database)
    finally:
        await database.close()
