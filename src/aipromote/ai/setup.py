"""Which writer is set up, in words for whoever runs the instance. Whether a key is there is told; never what it is."""

from __future__ import annotations

from dataclasses import dataclass

from aipromote.ai.providers.lineup import ModelName, Provider, lineup, own_prices
from aipromote.errors import SetupError
from aipromote.settings import Settings


@dataclass(frozen=True, slots=True)
class Setup:
    """`wrong` says what is missing and where it goes; empty when all is well."""

    said: str
    wrong: str = ""
    models: tuple[str, ...] = ()


def setup_of(config: Settings) -> Setup:
    """Of these settings. Asks nobody: whether a key works, `aipromote ai check` finds out."""
    try:
        wanted = lineup(config)
        own_prices(config)
    except SetupError as problem:
        return Setup("The settings for language models cannot be understood, so nothing is written.", problem.message)
    if not wanted.models:
        keys = [each.value for each in Provider if each is not Provider.COMPATIBLE and _has_key(config, each)]
        idle = f" A key is set ({', '.join(keys)}), but AIPROMOTE_AI_MODELS names no model." if keys else ""
        return Setup(f"The offline writer writes; no language model is set up.{idle}")
    behind = "then the offline writer" if wanted.has_offline else "and no offline writer behind"
    named = ", ".join(f"{name} ({_key_words(config, name)})" for name in wanted.models)
    missing = [sentence for name in wanted.models if (sentence := _missing(config, name))]
    return Setup(f"Language models write: {named}, {behind}.", " ".join(missing), tuple(map(str, wanted.models)))


def _has_key(config: Settings, provider: Provider) -> bool:
    return bool(getattr(config, f"ai_{provider}_key").get_secret_value().strip())


def _key_words(config: Settings, name: ModelName) -> str:
    if _has_key(config, name.provider):
        return "key set"
    return "without a key" if name.provider is Provider.COMPATIBLE else "no key"


def _missing(config: Settings, name: ModelName) -> str:
    if name.provider is not Provider.COMPATIBLE:
        is_there = _has_key(config, name.provider)
        return "" if is_there else f"There is no key for {name}: put one into {name.provider.key_setting}."
    address = config.ai_compatible_url.strip()
    is_one = address.startswith(("http://", "https://"))
    return "" if is_one else f"Say where {name} is: put its server's address into {name.provider.url_setting}."
