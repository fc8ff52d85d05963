"""What a call costs, in millionths of a US dollar. None: nobody knows, which is not the same as nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from aipromote.ai.providers.lineup import ModelName, Provider

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call used. The cached ones are part of those that went in."""

    into: int
    out: int
    cache_read: int = 0
    cache_written: int = 0


def cost_micros(name: ModelName, tokens: Tokens, *, own: Mapping[str, tuple[Decimal, Decimal]]) -> int | None:
    """By the operator's own prices (`own`) where the model has one there, else by the published price list."""
    if str(name) in own:
        into, out = own[str(name)]
        return math.ceil(tokens.into * into + tokens.out * out)
    if name.provider is Provider.COMPATIBLE:
        return None
    from genai_prices import Usage, calc_price  # noqa: PLC0415 -- loaded when it is needed

    usage = Usage(
        input_tokens=tokens.into,
        output_tokens=tokens.out,
        cache_read_tokens=tokens.cache_read,
        cache_write_tokens=tokens.cache_written,
    )
    try:
        price = calc_price(usage, name.model, provider_id=name.provider.value)
    except (LookupError, ValueError):
        return None
    return math.ceil(price.total_price * _MILLION)
