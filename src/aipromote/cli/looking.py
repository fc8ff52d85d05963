"""The checks, as commands show them: the same list that pages, alerts and metrics go by."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from aipromote import settings
from aipromote.db.database import Database
from aipromote.jobs.carrier import Carrier
from aipromote.monitoring.checks import Check
from aipromote.monitoring.looking import Lookout
from aipromote.monitoring.report import Report, report
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


def show(console: Console, checks: Iterable[Check], *, all_of_them: bool = True) -> None:
    """A line each; what is not well also says what is safe and what to do."""
    for check in checks:
        if check.state is not State.OK or all_of_them:
            about = f"{check.name} {check.subject}".strip()
            console.print(_MARKS[check.state], f"[bold]{about}[/bold]", check.said, soft_wrap=True)
        if check.state is not State.OK:
            for line in (check.safe, check.remedy):
                if line:
                    console.print(f"    {line}", markup=False, soft_wrap=True)
