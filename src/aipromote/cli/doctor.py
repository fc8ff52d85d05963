"""`aipromote doctor`: each thing that a start needs, looked at in turn, with the way out where something is wrong."""

from __future__ import annotations

import asyncio
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asyncpg import PostgresError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from aipromote import settings
from aipromote.ai.setup import setup_of
from aipromote.ai.spending import MICROS_PER_CENT, dollars
from aipromote.assets import storage
from aipromote.assets.apart import MISSING, ffprobe
from aipromote.cli import looking
from aipromote.cli.ai import usage
from aipromote.cli.db.connecting import connect
from aipromote.cli.instance import home_path, servers
from aipromote.embedded import binaries
from aipromote.embedded.home import running
from aipromote.errors import AipromoteError
from aipromote.monitoring.states import Area, State

_FREE_BYTES = 500_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` is empty when it is well."""

    what: str
    advice: str = ""


def run(*, data: Path | None) -> int:
    """Print every finding; returns 1 if one needs something done."""
    console = Console(highlight=False)
    sick = 0
    for finding in _look(data):
        sick += bool(finding.advice)
        mark = "[red]✗[/red]" if finding.advice else "[green]✓[/green]"
        console.print(mark, finding.what, soft_wrap=True)
        if finding.advice:
            console.print(f"    {finding.advice}", markup=False)
    console.print("All is well." if not sick else f"{sick} thing(s) need you.")
    return 1 if sick else 0


def _look(data: Path | None) -> Iterator[Finding]:
    config, home = settings.get(), home_path(data)
    yield Finding(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    if config.database_url is None:
        yield _try("PostgreSQL programs", lambda: str(binaries.find_pg_bin(config.pg_bin).server))
    if config.redis_url is None:
        yield _try("Valkey program", lambda: str(binaries.find_valkey().server))
    yield _space(home)
    yield from _files(config)
    facts = running(home)
    yield Finding(
        f"Running as process {facts['pid']}" if facts else "Not running; the servers start for this look only"
    )
    writer = setup_of(config)
    yield Finding(writer.said, writer.wrong)
    yield from _servers(data, is_running=facts is not None or config.names_servers_and_keys)


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(f"{what}: {look()}")
    except AipromoteError as error:
        return Finding(what, error.message)


def _space(home: Path) -> Finding:
    existing = next(path for path in (home, *home.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    advice = "" if free > _FREE_BYTES else "Free at least 500 MB, or name a folder on another disk with --data DIR."
    return Finding(f"Data folder {home}: {free / 1e9:.1f} GB free", advice)


def _files(config: settings.Settings) -> Iterator[Finding]:
    """Where files are, whether videos can be measured, and whether networks can fetch what they do not get sent."""
    if config.s3_bucket:
        what = f"Files: the bucket {config.s3_bucket}"
        try:
            asyncio.run(storage.size("doctor/nothing", bucket=storage.bucket()))
            yield Finding(what)
        except FileNotFoundError:
            yield Finding(what)
        except (OSError, AipromoteError) as error:
            words = getattr(error, "strerror", None) or str(error)
            yield Finding(
                what, f"{words.rstrip('.')}. Look at the settings AIPROMOTE_S3_…; docs/media.md has examples."
            )
    program = ffprobe()
    yield Finding(f"ffprobe: {program}" if program else MISSING)
    if not config.public_url:
        words = "No public address (AIPROMOTE_PUBLIC_URL): networks that fetch files by themselves can get none"
        yield Finding(words)


def _servers(data: Path | None, *, is_running: bool) -> Iterator[Finding]:
    try:
        with servers(data) as config:
            if not is_running and not asyncio.run(_is_made(config)):
                yield Finding("Nothing is stored here yet: the first `aipromote up` makes the database")
                return
            found = asyncio.run(looking.look("aipromote doctor"))
            spent = _spent(config) if setup_of(config).models else None
    except (AipromoteError, OSError) as error:
        yield Finding("Servers", getattr(error, "message", str(error)))
        return
    if spent is not None:
        yield Finding(spent)
    for check in found.checks:
        # Where nothing runs, no worker does, which is nothing to complain of; the disk was looked at before.
        if check.name != "disk" and (check.area is not Area.QUEUES or is_running):
            about = f"{check.name} {check.subject}".strip()
            wrong = check.state is not State.OK
            yield Finding(f"{about}: {check.said}", f"{check.safe} {check.remedy}".strip() if wrong else "")


async def _is_made(config: settings.Settings) -> bool:
    connection = await connect(config.require("database_url"))
    try:
        return await connection.fetchval("SELECT to_regclass('organizations')") is not None
    finally:
        await connection.close()


def _spent(config: settings.Settings) -> str | None:
    """What models have cost this month, and the budget; None where there are no tables yet."""
    try:
        used, _ = asyncio.run(usage.read(config.require("database_url"), None, usage.month_of(None), None))
    except (PostgresError, SQLAlchemyError, OSError):
        return None
    cents = config.ai_budget_cents
    bound = "no budget" if cents is None else f"the budget is {dollars(cents * MICROS_PER_CENT)} for each organization"
    unknown = sum(each.without_cost for each in used)
    more = f" and what {unknown} answers cost, which is not known" if unknown else ""
    calls = sum(each.calls for each in used)
    cost = dollars(sum(each.cost_micros for each in used))
    return f"Language models this month: {calls} {'call' if calls == 1 else 'calls'}, {cost}{more}; {bound}"
