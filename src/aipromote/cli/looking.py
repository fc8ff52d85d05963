"""The checks, as commands show them: the same list that pages, alerts and metrics go by."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from aipromote import settings
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.monitoring.causes import roots
from aipromote.monitoring.checks import Check
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.report import Report, red, report
from aipromote.monitoring.states import State

_MARKS = {State.OK: "[green]✓[/green]", State.WARN: "[yellow]![/yellow]", State.RED: "[red]✗[/red]"}


async def look(application: str) -> Report:
    """One look, by the settings of this process."""
    config = settings.get()
    database = Database.from_settings(application, pool_size=1)
    carrier = None
    if config.redis_url is not None:
        carrier = Carrier(config.redis_url.get_secret_value(), prefix=config.queue_prefix)
    try:
        return await report(Lookout(database, carrier, config=config))
    finally:
        if carrier is not None:
            await carrier.close()
        await database.close()


def show(console: Console, checks: Sequence[Check], *, all_of_them: bool = True) -> None:
    """A line each. What is not well also says what is safe and what to do, unless it only follows from another one."""
    explained = {check.key for check in red(checks)} - {check.key for check in roots(checks)}
    if all_of_them:
        for said, subjects in _well(checks).items():
            console.print(
                _MARKS[State.OK], f"[bold]{said[0]}[/bold] {', '.join(subjects)}".rstrip(), said[1], soft_wrap=True
            )
    for check in checks:
        if check.state is State.OK:
            continue
        about = f"{check.name} {check.subject}".strip()
        console.print(_MARKS[check.state], f"[bold]{about}[/bold]", check.said, soft_wrap=True)
        for line in (check.safe, check.remedy):
            if line and check.key not in explained:
                console.print(f"    {line}", markup=False, soft_wrap=True)


def _well(checks: Sequence[Check]) -> dict[tuple[str, str], list[str]]:
    """What is well, by name and words: the same of several queues is one line."""
    found: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        if check.state is State.OK:
            found.setdefault((check.name, check.said), []).extend([check.subject] if check.subject else [])
    return found
