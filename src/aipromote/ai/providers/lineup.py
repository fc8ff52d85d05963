"""Which models are set up to write, in which order, which one for embeddings, and what the operator says they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from aipromote.errors import SetupError
from aipromote.settings import Settings

OFFLINE = "offline"
MODELS, EMBEDDING = "AIPROMOTE_AI_MODELS", "AIPROMOTE_AI_EMBEDDING_MODEL"
_PRICES = "AIPROMOTE_AI_PRICES"
_LONGEST_NAME = 200
_DEAREST = 1_000_000


class Provider(StrEnum):
    """Who runs a model, or how it is spoken to."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    COMPATIBLE = "compatible"

    @property
    def key_setting(self) -> str:
        """The variable that holds the key."""
        return f"AIPROMOTE_AI_{self.name}_KEY"

    @property
    def url_setting(self) -> str:
        """The variable that holds the address."""
        return f"AIPROMOTE_AI_{self.name}_URL"


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model and its provider, written `openai:gpt-5`."""

    provider: Provider
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class Lineup:
    """The models in the order in which they are asked, and whether the offline writer stands behind them."""

    models: tuple[ModelName, ...]
    has_offline: bool


def lineup(config: Settings) -> Lineup:
    """What AIPROMOTE_AI_MODELS says. Raises SetupError where it cannot be understood."""
    names = [part.strip() for part in config.ai_models.split(",") if part.strip()]
    if not names:
        return Lineup((), has_offline=True)
    has_offline = names[-1] == OFFLINE
    models = tuple(dict.fromkeys(named(name) for name in (names[:-1] if has_offline else names)))
    return Lineup(models, has_offline)


def embedding_model(config: Settings) -> ModelName | None:
    """What AIPROMOTE_AI_EMBEDDING_MODEL says; None where it is empty. Raises SetupError for what is no such model."""
    text = config.ai_embedding_model.strip()
    if not text:
        return None
    name = named(text, setting=EMBEDDING)
    if name.provider is Provider.ANTHROPIC:
        raise SetupError(
            f"{EMBEDDING}: Anthropic has no models for embeddings. Name one of openai:…, google:… or compatible:…."
        )
    return name


def own_prices(config: Settings) -> Mapping[str, tuple[Decimal, Decimal]]:
    """What AIPROMOTE_AI_PRICES says: by model, US dollars for a million tokens in, and out."""
    prices = {}
    for part in filter(None, (part.strip() for part in config.ai_prices.split(","))):
        name, _, amounts = part.rpartition("=")
        try:
            into, out = (Decimal(amount.strip()) for amount in amounts.split("/"))
        except (ValueError, InvalidOperation):
            into = out = Decimal(-1)
        if not all(amount.is_finite() and 0 <= amount <= _DEAREST for amount in (into, out)):
            raise SetupError(
                f"{_PRICES}: {part!r} is no price. It looks like compatible:llama3=0/0: US dollars for a million "
                "tokens in, and out."
            )
        prices[str(named(name.strip(), setting=_PRICES))] = (into, out)
    return prices


def named(text: str, *, setting: str = MODELS) -> ModelName:
    """The model that a person named in `setting`. Raises SetupError where it is none."""
    provider, _, model = text.partition(":")
    if text == OFFLINE and setting != EMBEDDING:
        raise SetupError(f"{setting}: offline has to come last, since nothing is asked after it.")
    if provider not in list(Provider) or not model or len(model) > _LONGEST_NAME:
        known = ", ".join(f"{each}:…" for each in Provider if setting != EMBEDDING or each is not Provider.ANTHROPIC)
        last = "" if setting == EMBEDDING else "; offline may come last"
        raise SetupError(f"{setting}: {text!r} is no model. A model is named {known}{last}.")
    return ModelName(Provider(provider), model)
