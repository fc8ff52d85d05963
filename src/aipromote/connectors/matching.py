"""Finding our own post in a network's list when only its text can tell.

A network gives a text back changed: links shortened, white space tidied, `&` written as `&amp;`, letters composed. So
texts are compared in a normal form, within a window of time, and as answers to the same post. One that fits is ours;
several that fit cannot be told apart, and then nobody guesses.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aipromote.connectors import links
from aipromote.connectors.contract import Armed, Part, Published, Undecided

BEFORE = timedelta(minutes=2)
"""How far the network's clock may be behind ours."""
AFTER = timedelta(minutes=10)
"""How long after it was armed a call may still turn up; a post that is younger is somebody else's."""
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_ANY_LINK = "\ufffc"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post as the network lists it. `full_links` tells what its shortened links stand for, where it says so."""

    post: Published
    text: str
    reply_to: str | None = None
    full_links: Mapping[str, str] = field(default_factory=dict)


def find(
    part: Part, armed: Armed, candidates: Iterable[Candidate], *, shorteners: Collection[str] = ()
) -> Published | Undecided | None:
    """The post that was sent; Undecided where more than one could be it; None where none could.

    `shorteners` are hosts that the network puts in place of those in the text. Where it does not say what such a link
    stands for, the post may be ours but need not.
    """
    wanted = fingerprint(part.text)
    if wanted == fingerprint(""):
        return Undecided("A post without words cannot be told from others.", final=True)
    loosely = fingerprint(_without_links(normal(part.text)))
    alike: dict[str, tuple[Published, bool]] = {}
    for one in candidates:
        is_near = armed.armed_at - BEFORE <= one.post.published_at <= armed.armed_at + AFTER
        if not is_near or one.reply_to != part.reply_to:
            continue
        text = normal(one.text, one.full_links)
        is_same = fingerprint(text) == wanted
        if is_same or (_is_veiled(text, shorteners) and fingerprint(_without_links(text)) == loosely):
            alike[one.post.platform_post_id] = one.post, is_same
    if not alike:
        return None
    if len(alike) > 1:
        return Undecided(f"{len(alike)} posts with this text are there; nobody can tell which is this one.", final=True)
    post, is_same = next(iter(alike.values()))
    return post if is_same else Undecided("A post like this is there, but its link cannot be read.", final=True)


def fingerprint(text: str) -> str:
    """A hash of the text's normal form: the same for what a network may make of it."""
    return hashlib.sha256(normal(text).encode("utf-8", "surrogatepass")).hexdigest()


def normal(text: str, full_links: Mapping[str, str] | None = None) -> str:
    """The text with full links, composed letters, no character references and single spaces."""
    if full_links:
        shortest_last = sorted(full_links, key=len, reverse=True)
        pattern = "|".join(map(re.escape, shortest_last))
        text = re.sub(pattern, lambda match: full_links[match.group()], text)
    text, before = unicodedata.normalize("NFC", text), ""
    while text != before:  # a network may have written `&amp;amp;` where we wrote `&amp;`
        text, before = unicodedata.normalize("NFC", html.unescape(text)), text
    pieces, end = [], 0
    for link in links.find(text):
        pieces += [text[end : link.start], _plain(text[link.start : link.end])]
        end = link.end
    return " ".join("".join([*pieces, text[end:]]).split())


def _plain(address: str) -> str:
    """A link without what networks add or take away: scheme, capitals in the host, a slash at the end."""
    host, slash, rest = _SCHEME.sub("", address, count=1).partition("/")
    return f"{host.lower()}{slash}{rest}".rstrip("/")


def _without_links(text: str) -> str:
    pieces, end = [], 0
    for link in links.find(text):
        pieces += [text[end : link.start], _ANY_LINK]
        end = link.end
    return "".join([*pieces, text[end:]])


def _is_veiled(text: str, shorteners: Collection[str]) -> bool:
    """Whether a link in it hides where it leads."""
    hosts = {_plain(text[link.start : link.end]).partition("/")[0] for link in links.find(text)}
    return not hosts.isdisjoint(shorteners)
