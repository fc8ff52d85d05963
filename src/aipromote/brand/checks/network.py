"""What a network does with a text: its length, links that cannot be followed, signs that it does not read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aipromote.brand.findings import Finding
from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import measure
from aipromote.documents.vocabulary import Platform

_LINK = re.compile(r"https?://\S+")
_UNLINKED = {Platform.INSTAGRAM, Platform.TIKTOK}
_MARKED_UP = (Platform.REDDIT, Platform.DEVTO, Platform.DISCORD, Platform.WORDPRESS)
_PLAIN = frozenset(Platform) - {*_MARKED_UP}
_MARKDOWN = re.compile(
    r"\*\*([^*\n]{1,200})\*\*|\[([^\]\n]{1,200})\]\((https?://[^)\s]{1,500})\)|^#{1,4} (?=\S)", re.MULTILINE
)
_REPLY = re.compile(r"\A@\w{1,15}\b")


def length(parts: Sequence[str], limits: Limits) -> Iterator[Finding]:
    """Posts that are too long, empty, or too many for a thread."""
    if len(parts) > limits.max_parts:
        reason = f"{len(parts)} posts in the thread, where {limits.max_parts} are accepted"
        yield Finding("parts", "block", reason)
    for number, part in enumerate(parts, 1):
        measured = measure(part, limits)
        if not measured.fits:
            which = f"post {number} of the thread" if len(parts) > 1 else "the text"
            reason = f"{which} has {measured.length} of {measured.max_length} characters"
            yield Finding("length", "block", reason, None, f"Shorten it by {max(1, -measured.left)}.")
        elif not part.strip():
            yield Finding("length", "block", "there is no text")


def links(text: str, platform: Platform) -> Iterator[Finding]:
    """Links in captions, where nobody can follow them."""
    if platform in _UNLINKED:
        for link in _LINK.finditer(text):
            reason = f"links in {platform.label} captions cannot be followed"
            yield Finding(
                "link", "warn", reason, link.span(), "Put it into the profile.", "link in bio", rule="caption"
            )


def habits(text: str, platform: Platform) -> Iterator[Finding]:
    """Signs that the network shows as they are, and openings that it hides."""
    if platform in _PLAIN and ("*" in text or "#" in text or "](" in text):
        for found in _MARKDOWN.finditer(text):
            plain = found[1] or (f"{found[2]}: {found[3]}" if found[2] else "")
            reason = f"{platform.label} shows “{found[0].strip()[:60]}” as it is: it knows no Markdown"
            yield Finding(
                "platform", "warn", reason, found.span(), "Write it without the signs.", plain, rule="markdown"
            )
    if platform is Platform.TWITTER and (reply := _REPLY.match(text)):
        reason = "a post that begins with @ is a reply: few people see it"
        yield Finding("platform", "warn", reason, reply.span(), "Begin with a word.", f".{reply[0]}", rule="reply")
