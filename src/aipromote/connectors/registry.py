"""Which connectors there are. The only module that knows more than one of them."""

from __future__ import annotations

from aipromote.connectors.bluesky import BlueskyConnector
from aipromote.connectors.contract import Connector, OAuthConnector, PasswordConnector
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound

_SANDBOX: OAuthConnector = SandboxConnector()
_BLUESKY: PasswordConnector = BlueskyConnector()
_ALL: dict[str, Connector] = {_SANDBOX.name: _SANDBOX, _BLUESKY.name: _BLUESKY}
_REAL = {Platform.BLUESKY: _BLUESKY.name}


def get(name: str) -> Connector:
    """The connector of that name, or NotFound."""
    if name not in _ALL:
        raise NotFound(f"There is no connector named {name}.", field="connector")
    return _ALL[name]


def names() -> tuple[str, ...]:
    """All names, sorted."""
    return tuple(sorted(_ALL))


def for_platform(platform: Platform) -> tuple[Connector, ...]:
    """The connectors that serve the platform: its own first where there is one, then the sandbox, which stands in."""
    own = (_ALL[_REAL[platform]],) if platform in _REAL else ()
    return (*own, _SANDBOX)


def oauth(name: str) -> OAuthConnector:
    """The connector of that name where its accounts are connected by OAuth, otherwise NotFound."""
    if name != _SANDBOX.name:
        raise NotFound(f"{name} is not connected by OAuth.", field="connector")
    return _SANDBOX


def password(name: str) -> PasswordConnector:
    """The connector of that name where its accounts are connected by an app password, otherwise NotFound."""
    if name != _BLUESKY.name:
        raise NotFound(f"{name} is not connected by an app password.", field="connector")
    return _BLUESKY
