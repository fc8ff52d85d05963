"""A model of the library for a name of ours. Keys and addresses come from the settings alone."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aipromote.ai.providers.failures import missing_address, missing_key
from aipromote.ai.providers.lineup import ModelName, Provider
from aipromote.settings import Settings

if TYPE_CHECKING:
    from pydantic_ai.embeddings.base import EmbeddingModel
    from pydantic_ai.models import Model
    from pydantic_ai.providers import Provider as Connection
    from pydantic_ai.settings import ModelSettings

# Named here, since the libraries would otherwise look for them in the environment.
_ADDRESSES = {
    Provider.OPENAI: "https://api.openai.com/v1",
    Provider.ANTHROPIC: "https://api.anthropic.com",
    Provider.GOOGLE: "https://generativelanguage.googleapis.com",
    Provider.COMPATIBLE: "",
}
_MODULES = {
    Provider.OPENAI: ("pydantic_ai.models.openai", "pydantic_ai.providers.openai"),
    Provider.ANTHROPIC: ("pydantic_ai.models.anthropic", "pydantic_ai.providers.anthropic"),
    Provider.GOOGLE: ("pydantic_ai.models.google", "pydantic_ai.providers.google"),
    Provider.COMPATIBLE: ("pydantic_ai.models.openai", "pydantic_ai.providers.openai_compatible"),
}
_EMBEDDING_MODULES = {
    Provider.OPENAI: ("pydantic_ai.embeddings.openai", "pydantic_ai.providers.openai"),
    Provider.GOOGLE: ("pydantic_ai.embeddings.google", "pydantic_ai.providers.google"),
    Provider.COMPATIBLE: ("pydantic_ai.embeddings.openai", "pydantic_ai.providers.openai_compatible"),
}
_TALKATIVE = ("openai", "anthropic", "google_genai", "httpx", "httpx2", "httpcore", "httpcore2")
_PASSES_FOR_A_KEY = "none"
"""Sent where a server wants no key, since the protocol always has one."""


def build(name: ModelName, config: Settings) -> Model:
    """The model, ready to be asked. Raises Failure where its key or its address is missing."""
    return _BUILDERS[name.provider](name.model, *_way(name, config))


def build_embedding(name: ModelName, config: Settings) -> tuple[EmbeddingModel, Connection[Any]]:
    """The same for a model of embeddings, with its connection, which is to be entered and left around each use."""
    from pydantic_ai.embeddings.google import GoogleEmbeddingModel  # noqa: PLC0415 -- loaded when it is needed
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel  # noqa: PLC0415 -- likewise

    connection = _CONNECTIONS[name.provider](*_way(name, config))
    if name.provider is Provider.GOOGLE:
        return GoogleEmbeddingModel(name.model, provider=connection), connection
    connection.client.max_retries = 0  # who retries is us
    return OpenAIEmbeddingModel(name.model, provider=connection), connection


def _way(name: ModelName, config: Settings) -> tuple[str, str]:
    """Key and address. Raises Failure where one is missing."""
    _hush()
    key = getattr(config, f"ai_{name.provider}_key").get_secret_value().strip()
    address = getattr(config, f"ai_{name.provider}_url").strip() or _ADDRESSES[name.provider]
    if not key and name.provider is not Provider.COMPATIBLE:
        raise missing_key(name)
    if not address.startswith(("http://", "https://")):
        raise missing_address(name)
    return key, address


def preload(providers: Iterable[Provider], *, embeddings: bool = False) -> None:
    """Import what these providers' models need. It takes seconds: not on an event loop that has other things to do."""
    modules = _EMBEDDING_MODULES if embeddings else _MODULES
    for provider in set(providers):
        for module in modules[provider]:
            import_module(module)


def request_settings(name: ModelName, config: Settings, *, max_tokens: int) -> ModelSettings:
    """How each call is to be made: once (who retries is us), within the time, and not kept by the provider."""
    settings: dict[str, object] = {
        "max_tokens": max_tokens,
        "timeout": config.ai_timeout_seconds,
        "max_retries": 0,
    }
    if name.provider is Provider.OPENAI:
        settings["openai_store"] = False
    return settings  # type: ignore[return-value]  # a provider's own settings are an extended TypedDict


def _hush() -> None:
    """At the level `debug` these libraries log whole requests, and with them the prompts."""
    for logger in _TALKATIVE:
        logging.getLogger(logger).setLevel(logging.WARNING)


def _at_openai(key: str, address: str) -> Connection[Any]:
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415 -- loaded when it is needed

    return OpenAIProvider(api_key=key, base_url=address)


def _at_anthropic(key: str, address: str) -> Connection[Any]:
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415 -- loaded when it is needed

    return AnthropicProvider(api_key=key, base_url=address)


def _at_google(key: str, address: str) -> Connection[Any]:
    from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415 -- loaded when it is needed

    return GoogleProvider(api_key=key, base_url=address)


def _at_compatible(key: str, address: str) -> Connection[Any]:
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider  # noqa: PLC0415 -- likewise

    return OpenAICompatibleProvider("compatible", base_url=address, api_key=key or _PASSES_FOR_A_KEY)


def _openai(model: str, key: str, address: str) -> Model:
    from pydantic_ai.models.openai import OpenAIResponsesModel  # noqa: PLC0415 -- loaded when it is needed

    return OpenAIResponsesModel(model, provider=_at_openai(key, address))


def _anthropic(model: str, key: str, address: str) -> Model:
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415 -- loaded when it is needed

    return AnthropicModel(model, provider=_at_anthropic(key, address))


def _google(model: str, key: str, address: str) -> Model:
    from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415 -- loaded when it is needed

    return GoogleModel(model, provider=_at_google(key, address))


def _compatible(model: str, key: str, address: str) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 -- loaded when it is needed

    return OpenAIChatModel(model, provider=_at_compatible(key, address))


_BUILDERS = {
    Provider.OPENAI: _openai,
    Provider.ANTHROPIC: _anthropic,
    Provider.GOOGLE: _google,
    Provider.COMPATIBLE: _compatible,
}
_CONNECTIONS = {
    Provider.OPENAI: _at_openai,
    Provider.GOOGLE: _at_google,
    Provider.COMPATIBLE: _at_compatible,
}
