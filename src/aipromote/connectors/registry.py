"""Which connectors there are. The only module that knows more than one of them: a new one is a folder and a line."""

from __future__ import annotations

from aipromote.connectors.bluesky import BlueskyConnector
from aipromote.connectors.capabilities import Capabilities
from aipromote.connectors.devto import DevtoConnector
from aipromote.connectors.discord import DiscordConnector
from aipromote.connectors.facebook import FacebookConnector
from aipromote.connectors.instagram import InstagramConnector
from aipromote.connectors.linkedin import LinkedInConnector
from aipromote.connectors.mastodon import MastodonConnector
from aipromote.connectors.pinterest import PinterestConnector
from aipromote.connectors.protocols import Connector, KeyConnector, OAuthConnector, by_key, by_oauth
from aipromote.connectors.reddit import RedditConnector
from aipromote.connectors.sandbox import SandboxConnector
from aipromote.connectors.slack import SlackConnector
from aipromote.connectors.telegram import TelegramConnector
from aipromote.connectors.threads import ThreadsConnector
from aipromote.connectors.tiktok import TikTokConnector
from aipromote.connectors.wordpress import WordPressConnector
from aipromote.connectors.x import XConnector
from aipromote.connectors.youtube import YouTubeConnector
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound

_SANDBOX = SandboxConnector()
_OWN: tuple[Connector, ...] = (
    BlueskyConnector(),
    LinkedInConnector(),
    XConnector(),
    TelegramConnector(),
    DiscordConnector(),
    SlackConnector(),
    MastodonConnector(),
    DevtoConnector(),
    PinterestConnector(),
    WordPressConnector(),
    ThreadsConnector(),
    InstagramConnector(),
    FacebookConnector(),
    YouTubeConnector(),
    TikTokConnector(),
    RedditConnector(),
)  # fmt: skip
_ALL: dict[str, Connector] = {one.name: one for one in (_SANDBOX, *_OWN)}


def get(name: str) -> Connector:
    """The connector of that name, or NotFound."""
    if name not in _ALL:
        raise NotFound(f"There is no connector named {name}.", field="connector")
    return _ALL[name]


def names() -> tuple[str, ...]:
    """All names, sorted."""
    return tuple(sorted(_ALL))


def own() -> tuple[Connector, ...]:
    """Those of networks that there are: all but the sandbox, by the names that people know them by."""
    return tuple(sorted((one for one in _ALL.values() if one is not _SANDBOX), key=lambda one: one.platform.label))


def for_platform(platform: Platform) -> tuple[Connector, ...]:
    """The connectors that serve the platform: its own first where there is one, then the sandbox, which stands in."""
    return (*(one for one in _OWN if one.platform is platform), _SANDBOX)


def capabilities(platform: Platform) -> Capabilities:
    """What the platform can do, as its own connector says, or else the sandbox."""
    return for_platform(platform)[0].capabilities(platform)


def oauth(name: str) -> OAuthConnector:
    """The connector of that name where its accounts are connected by OAuth, otherwise NotFound."""
    found = get(name)
    if not by_oauth(found):
        raise NotFound(f"{name} is not connected by OAuth.", field="connector")
    return found


def keyed(name: str) -> KeyConnector:
    """The connector of that name where its accounts are connected by something typed, otherwise NotFound."""
    found = get(name)
    if not by_key(found):
        raise NotFound(f"{name} is connected on its own page, not by a key.", field="connector")
    return found
