"""`aipromote db seed`: the sample, or many startups for load tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from aipromote import clock
from aipromote.cli.instance import servers
from aipromote.db import migrate as migrations
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from aipromote.simulation.scale.loading import Loaded, OnProgress, load
from aipromote.simulation.scale.shape import POSTS_EACH, Shape, skewed
from aipromote.simulation.seed import SeedResult, plant


def seed(*, data: Path | None) -> None:
    """Plant the sample data, and print the passwords that were made for it."""
    with servers(data) as config:
        asyncio.run(migrations.upgrade(config.require("database_url")))
        result = asyncio.run(_seed())
    _tell(Console(highlight=False), result)


def seed_at_scale(*, data: Path | None, organizations: int, posts: int | None, snapshots: int | None) -> None:
    """Make so many startups with so many posts and snapshots in all, as far as they are not there yet."""
    posts = posts if posts is not None else organizations * POSTS_EACH
    snapshots = snapshots if snapshots is not None else posts
    if posts < organizations:
        raise InvalidInput(f"--posts {posts} is less than one for each of {organizations} startups. Ask for more.")
    console = Console(highlight=False)
    with servers(data) as config:
        url = config.require("database_url")
        asyncio.run(migrations.upgrade(url))
        shape = Shape(skewed(organizations, posts), snapshots, clock.now())
        with _progress(console, shape.posts) as on_progress:
            loaded = asyncio.run(load(url, shape, on_progress=on_progress))
    _tell_loaded(console, loaded)


async def _seed() -> SeedResult:
    database = Database.from_settings("aipromote db seed")
    try:
        return await plant(database)
    finally:
        await database.close()


def _tell(console: Console, result: SeedResult) -> None:
    if not result.passwords:
        console.print("The sample data was there already; nothing was changed.")
    for email, password in result.passwords.items():
        console.print(f"{email}: password {password} (shown this once)", markup=False)
    for table, count in sorted(result.rows.items()):
        console.print(f"  {table}: {count}")


@contextmanager
def _progress(console: Console, posts: int) -> Iterator[OnProgress]:
    """A bar of posts with their rate and the time that is left; nothing where nobody is looking at a terminal."""
    columns = (TextColumn("posts"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    bar = Progress(*columns, TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), console=console)
    with bar:
        task = bar.add_task("posts", total=posts, rate="")

        def on_progress(count: int) -> None:
            speed = bar.tasks[task].speed or 0.0
            bar.update(task, advance=count, rate=f"{speed:,.0f}/s")

        yield on_progress


def _tell_loaded(console: Console, loaded: Loaded) -> None:
    if not loaded.made:
        console.print(f"All {loaded.found} startups were there already; nothing was added.")
        return
    total = sum(loaded.rows.values())
    console.print(
        f"Made {loaded.made} startups in {loaded.seconds:.1f} s: {total:,} rows, {total / loaded.seconds:,.0f}/s."
    )
    if loaded.found:
        console.print(f"{loaded.found} more were there already and stayed as they are.")
    for table, count in loaded.rows.items():
        console.print(f"  {table}: {count:,}")
