"""One database with organizations of different sizes, a web process as it is served, and people who are signed in."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from aipromote import clock, schema, settings
from aipromote.accounts import actions as accounts
from aipromote.cli.serving import web_argv
from aipromote.db import migrate
from aipromote.db.database import Database
from aipromote.embedded.runtime import Runtime, answers
from aipromote.simulation.scale.loading import load
from aipromote.simulation.scale.shape import Shape

assert schema.metadata  # every model is loaded
YEARS = timedelta(days=3 * 365)


@dataclass(frozen=True)
class Organization:
    """`name` is what the table calls it."""

    name: str
    id: UUID
    owner: UUID
    posts: int


@dataclass
class Scene:
    """What runs. `url` is the database owner's, `log` PostgreSQL's."""

    runtime: Runtime
    url: str
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.runtime.home.log("postgres")

    @property
    def web_log(self) -> Path:
        return self.runtime.home.log("web")

    def serve(self) -> None:
        """A web process; in place of the one before, if there was one."""
        if "web" in self.runtime.pids:
            self.runtime.end("web")
        self.runtime.spawn(
            "web", web_argv(host="127.0.0.1", port=self.port), is_ready=answers(f"{self.address}/health"), timeout=90
        )


@contextmanager
def scene(folder: Path | None = None) -> Iterator[Scene]:
    """Servers of its own with their data in the folder (a new one, deleted afterwards, without it). No fsync."""
    place = folder or Path(tempfile.mkdtemp(prefix="aipromote-bench-", dir="/var/tmp"))
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o755)
    try:
        with Runtime(place / "home", settings=settings.get(), durable=False) as runtime:
            runtime.start_servers()
            port = _free_port()
            own = {"AIPROMOTE_HOST": "127.0.0.1", "AIPROMOTE_PORT": str(port), "AIPROMOTE_URL": ""}
            url = settings.adopt(runtime.environment | own).require("database_url")
            yield Scene(runtime, url, port)
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


async def fill(url: str, *, small: int, large: int, busy: bool) -> list[Organization]:
    """A small organization and a large one, or two.

    `long` has a long history behind the same present as the small one: as many posts in the last weeks and the coming
    ones. `busy` has as many posts in every week of three years, and so more on each page of a calendar.
    """
    await migrate.upgrade(url)
    now = clock.now()
    two = Shape([small, large], small + large, now, past=timedelta(days=60), recent=small, reach=YEARS)
    one = Shape([large], large, now, seed=2, past=YEARS, reach=YEARS)
    made = []
    for shape, names in ((two, ("small", "long")), (one, ("busy",)))[: 2 if busy else 1]:
        # One after the other, the largest first: what a small one leaves would have the checks of foreign keys planned
        # for a table of two pages, and read from end to end for each of the large one's rows.
        done = await load(url, shape, workers=1, most=small)
        if done.made:
            rows = sum(done.rows.values())
            print(f"  {', '.join(names)}: {rows:,} rows in {done.seconds:.0f} s", flush=True)
        found = zip(names, shape.startups(), strict=True)
        made += [Organization(name, one.key(), one.key("owner"), one.posts) for name, one in found]
    async with connected(url) as connection:
        await connection.execute("VACUUM (ANALYZE)")
    return made


@asynccontextmanager
async def signed_in(scene: Scene, owner: UUID) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser of that person, come in by a one-time link."""
    database = Database.from_settings("bench", pool_size=1)
    async with database.transaction() as session:
        token = await accounts.open_link(session, user_id=owner)
    await database.close()
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
    async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as http:
        async with http.get(f"{scene.address}/enter/{token}") as answer:
            assert answer.status == 200, answer.status
            assert answer.url.path == "/this-week", answer.url
        yield http


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """As the owner of the database."""
    plain = url.replace("postgresql+asyncpg", "postgresql")
    connection = await asyncpg.connect(plain, server_settings={"timezone": "UTC"})
    try:
        yield connection
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
