"""`aipromote ai usage`: what calls of models were made in a month, and what they cost."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aipromote import clock, schema
from aipromote.ai import usage
from aipromote.ai.spending import MICROS_PER_CENT, dollars
from aipromote.ai.usage import Budget, Used
from aipromote.cli.ai import organizations
from aipromote.cli.instance import servers
from aipromote.db.database import Database
from aipromote.errors import InvalidInput
from aipromote.organizations.models import INTERNAL_ORGANIZATION

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

_DECEMBER = 12


def run(organization: str | None, *, month: str | None, data: Path | None, as_json: bool) -> None:
    """Print the table, and with one organization its budget."""
    start, end = month_of(month)
    with servers(data) as config:
        used, budget = asyncio.run(
            read(config.require("database_url"), organization, (start, end), config.ai_budget_cents)
        )
    if as_json:
        facts = {"month": f"{start:%Y-%m}", "used": [asdict(each) for each in used]}
        sys.stdout.write(json.dumps(facts | ({"budget": asdict(budget)} if budget else {})) + "\n")
        return
    console = Console(highlight=False)
    if used:
        console.print(_table(used))
    else:
        console.print(f"No model was asked in {start:%B %Y}.")
    if unknown := sum(each.without_cost for each in used):
        console.print(f"What {unknown} answers cost is not known: their models have no price here.", soft_wrap=True)
    if refused := sum(each.refused for each in used):
        console.print(f"{refused} of the failed calls were refused by the model.")
    if budget is not None:
        console.print(_told(budget), soft_wrap=True)


def month_of(text: str | None) -> tuple[datetime, datetime]:
    """Its first instant, and that of the next, in UTC."""
    try:
        given = clock.now() if text is None else datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidInput(f"{text!r} is no month. It looks like 2026-11.") from None
    start = datetime(given.year, given.month, 1, tzinfo=UTC)
    year, after = (start.year + 1, 1) if start.month == _DECEMBER else (start.year, start.month + 1)
    return start, datetime(year, after, 1, tzinfo=UTC)


async def read(
    owner_url: str, wanted: str | None, month: tuple[datetime, datetime], default_cents: int | None
) -> tuple[list[Used], Budget | None]:
    """What was used in the month, and where one organization is wanted (or there is just one) its budget."""
    keys = (
        [(await organizations.one(owner_url, wanted))[0]]
        if wanted
        else list(await organizations.found(owner_url, None))
    )
    # Reading for briefs is the instance's own affair, and part of what all of it costs.
    everybody = keys if wanted else [*keys, INTERNAL_ORGANIZATION]
    budget = None
    database = Database.from_settings("aipromote ai")
    try:
        async with database.transaction(*everybody, read_only=True) as session:
            used = await usage.by_purpose(session, start=month[0], end=month[1])
        if len(keys) == 1:
            async with database.transaction(*keys, read_only=True) as session:
                budget = await usage.budget(session, default_cents=default_cents)
    finally:
        await database.close()
    return used, budget


def _table(used: list[Used]) -> Table:
    table = Table("purpose", "model")
    for name in ("calls", "failed", "tokens in", "out", "cost"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in used:
        cost = dollars(each.cost_micros) if each.cost_micros or not each.without_cost else "not known"
        numbers = (each.calls, each.failed + each.refused, each.input_tokens, each.output_tokens)
        table.add_row(each.purpose, each.model, *(f"{number:,}" for number in numbers), cost)
    return table


def _told(budget: Budget) -> str:
    spent = f"This month's calls count {dollars(budget.spent_micros)}"
    if budget.limit_cents is None:
        return f"{spent}. There is no budget."
    whose = "its own" if budget.is_own else "the instance's"
    return f"{spent} of {dollars(budget.limit_cents * MICROS_PER_CENT)} ({whose} budget)."
