"""Whether a person agrees to what asking models will cost."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import typer

from aipromote.ai.providers.lineup import ModelName
from aipromote.ai.spending import dollars
from aipromote.evaluation.modelled import Quote


def agreed(quotes: Mapping[ModelName, Quote], *, is_agreed: bool) -> bool:
    """Say what it takes, and ask where somebody can answer. On the error output, apart from what is to be kept."""
    for name, quote in quotes.items():
        typer.echo(f"{name}: {_words(quote)}", err=True)
    if is_agreed:
        return True
    if sys.stdin.isatty():
        return typer.confirm("Ask?", err=True)
    typer.echo("No model was asked. Give --yes to agree, or fewer --brief and --days.", err=True)
    return False


def _words(quote: Quote) -> str:
    calls = f"about {quote.calls} calls, and never more than {quote.most_calls}"
    if quote.most_micros is None:
        return f"{calls}. What they cost is not known; AIPROMOTE_AI_PRICES can say it."
    return f"{calls}. They cost {dollars(quote.most_micros)} at most, mostly far less; beyond that no call is made."
