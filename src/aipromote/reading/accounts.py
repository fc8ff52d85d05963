"""Which social network an address is an account of."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOSTS = {
    "twitter.com": "x",
    "x.com": "x",
    "linkedin.com": "linkedin",
    "instagram.com": "instagram",
    "tiktok.com": "tiktok",
    "youtube.com": "youtube",
    "reddit.com": "reddit",
    "facebook.com": "facebook",
    "threads.net": "threads",
    "threads.com": "threads",
    "bsky.app": "bluesky",
    "pinterest.com": "pinterest",
    "dev.to": "dev.to",
    "t.me": "telegram",
    "discord.gg": "discord",
    "discord.com": "discord",
    "mastodon.social": "mastodon",
}
_NOT_ACCOUNTS = re.compile(
    r"/(intent|share|sharer|shareArticle|hashtag|search|home|login|dialog|watch|embed|status|posts?|p)\b", re.IGNORECASE
)


def platform_of(address: str) -> str | None:
    """The network of an account's address, in a brief's words; None for anything that is no account."""
    try:
        parts = urlsplit(address)
        host = re.sub(r"^(www|m|[a-z]{2})\.", "", (parts.hostname or "").lower())
    except ValueError:
        return None
    has_a_name = len(parts.path.strip("/")) > 0
    return _HOSTS.get(host) if has_a_name and not _NOT_ACCOUNTS.search(parts.path) else None
