"""`aipromote ai check`: whether each model that is set up can be asked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel
from rich.console import Console

from aipromote import logs, schema
from aipromote.ai.errors import ModelsFailed, WriterFailed
from aipromote.ai.providers.lineup import Lineup, ModelName, embedding_model, lineup, own_prices
from aipromote.cli.ai import organizations
from aipromote.cli.instance import servers
from aipromote.db import vectors as pgvector
from aipromote.db.database import Database
from aipromote.errors import SetupError
from aipromote.settings import Settings

assert schema.metadata  # every model is loaded, so that foreign keys between rooms resolve

_ONE, _OTHER, _WORD = 19, 23, "kingfisher"
_TOKENS = 2000
"""Room for models that think before they answer."""


class Sum(BaseModel):
    """What each model is asked for."""

    total: int
    word: str


def run(organization: str | None, *, data: Path | None) -> int:
    """Ask them one after the other. Returns the exit code."""
    console = Console(highlight=False)
    with servers(data) as config:
        wanted, embedding = lineup(config), embedding_model(config)
        own_prices(config)
        if not wanted.models:
            console.print("No model is set up: the offline writer writes. docs/ai.md says how to set one up.")
        if not wanted.models and embedding is None:
            return 0
        logs.configure(config.model_copy(update={"log_level": "error"}))  # what a log would say is printed here
        fine = asyncio.run(_check(config, wanted, embedding, organization, console))
    if not wanted.models:
        return 0 if fine else 1
    behind = "the offline writer writes" if wanted.has_offline else "what was asked for fails, and says why"
    console.print(f"When all of them fail, {behind}.")
    return 0 if fine else 1


async def _check(
    config: Settings, wanted: Lineup, embedding: ModelName | None, organization: str | None, console: Console
) -> bool:
    database = Database.from_settings("aipromote ai")
    try:
        payer = await _payer(config, organization)
        if payer is None:
            console.print("These calls are written down nowhere: say with --organization whose they are.")
        results = [await _works(config, name, database, payer, console) for name in wanted.models]
        if embedding is not None:
            results.append(await _embeds(config, embedding, database, payer, console))
        return all(results)
    finally:
        await database.close()


async def _payer(config: Settings, wanted: str | None) -> UUID | None:
    url = config.require("database_url")
    if wanted is not None:
        return (await organizations.one(url, wanted))[0]
    everyone = await organizations.found(url, None)
    return next(iter(everyone)) if len(everyone) == 1 else None


async def _works(config: Settings, name: ModelName, database: Database, payer: UUID | None, console: Console) -> bool:
    from aipromote.ai.providers.asking import Models  # noqa: PLC0415 -- large, and not needed without models
    from aipromote.ai.providers.ledger import NoLedger, OrganizationLedger  # noqa: PLC0415 -- likewise

    ledger = OrganizationLedger(database, payer, config.ai_budget_cents) if payer else NoLedger()
    models = Models(config, ledger, replace(lineup(config), models=(name,)))
    begun = time.monotonic()
    try:
        answer = await models.ask("check", {"one": _ONE, "other": _OTHER, "word": _WORD}, Sum, max_tokens=_TOKENS)
    except (WriterFailed, SetupError) as problem:
        reasons = problem.reasons if isinstance(problem, ModelsFailed) else ()
        why = f"{reasons[0][1]}." if reasons else problem.message
        console.print(f"✗ {name} does not work: {why}", markup=False, soft_wrap=True)
        return False
    seconds = time.monotonic() - begun
    is_right = answer.value == Sum(total=_ONE + _OTHER, word=_WORD)
    odd = "" if is_right else " Its answer had the right shape, but was wrong: it may be too small a model for this."
    console.print(f"✓ {name} works: it answered in {seconds:.1f} s.{odd}", markup=False, soft_wrap=True)
    console.print(f"  {_priced(config, name)}", markup=False, soft_wrap=True)
    return True


async def _embeds(config: Settings, name: ModelName, database: Database, payer: UUID | None, console: Console) -> bool:
    """Whether passages can be found by meaning: pgvector is there, and the model makes vectors."""
    from aipromote.ai.providers.embedding import PaidEmbedder  # noqa: PLC0415 -- large, and not needed without models
    from aipromote.ai.providers.ledger import NoLedger, OrganizationLedger  # noqa: PLC0415 -- likewise

    ledger = OrganizationLedger(database, payer, config.ai_budget_cents) if payer else NoLedger()
    begun = time.monotonic()
    try:
        (vector,) = await PaidEmbedder(config, ledger, name).embed([_WORD], kind="query")
        told, is_fine = f"✓ {name} embeds: {len(vector)} numbers in {time.monotonic() - begun:.1f} s.", True
    except WriterFailed as problem:
        told, is_fine = f"✗ {name} does not embed. {problem.message}", False
    console.print(told, markup=False, soft_wrap=True)
    async with database.transaction() as session:
        remedy = "" if await pgvector.is_there(session) else await pgvector.remedy(session)
    if remedy:
        console.print(f"✗ This database has no pgvector, so nothing is found by meaning. {remedy}", soft_wrap=True)
    else:
        console.print("✓ This database has pgvector. `aipromote knowledge status` says how far the texts are.")
    return is_fine and not remedy


def _priced(config: Settings, name: ModelName) -> str:
    from aipromote.ai.providers.pricing import Tokens, cost_micros  # noqa: PLC0415 -- likewise

    million = Tokens(1_000_000, 0), Tokens(0, 1_000_000)
    costs = [cost_micros(name, tokens, own=own_prices(config)) for tokens in million]
    if costs[0] is None or costs[1] is None:
        return (
            "What it costs is not known, so its calls count nothing against budgets. AIPROMOTE_AI_PRICES can say it."
            if name.provider == "compatible"
            else "What it costs is not known: no budget can be kept with it. AIPROMOTE_AI_PRICES can say it."
        )
    return f"A million tokens cost ${costs[0] / 1e6:.2f} in, and ${costs[1] / 1e6:.2f} out."
