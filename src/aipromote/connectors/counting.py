"""How long a text is in the unit of the network that it goes to."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import regex

from aipromote.connectors import links
from aipromote.connectors.contract import Counting, Limits

_LINK = 23
_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(r".*?(?:\p{Extended_Pictographic}|[0-9#*]\uFE0F?\u20E3|\p{RI}\p{RI}).*", regex.DOTALL)
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_REMOTE_MENTION = regex.compile(r"(?<![\w/])(@\w+)@[\w.-]+\w")


@dataclass(frozen=True, slots=True)
class Measure:
    """A text against the limits of where it goes. `length` and `max_length` are in the network's unit."""

    length: int
    max_length: int
    size: int
    max_bytes: int | None

    @property
    def fits(self) -> bool:
        """Whether the network takes a text of this length."""
        return self.length <= self.max_length and (self.max_bytes is None or self.size <= self.max_bytes)

    @property
    def left(self) -> int:
        """How much may be added, in the network's unit; negative where it is too long."""
        return self.max_length - self.length


def measure(text: str, limits: Limits) -> Measure:
    """The text's length and size, and what is allowed."""
    return Measure(length(text, limits.counting), limits.max_length, len(_utf8(text)), limits.max_bytes)


def fits(text: str, limits: Limits) -> bool:
    """Whether the text is short enough, in the network's unit and in bytes."""
    return measure(text, limits).fits


def length(text: str, counting: Counting) -> int:  # noqa: PLR0911 -- one return per unit reads best
    """The length of the text in that unit."""
    match counting:
        case Counting.WEIGHTED:
            return _weighted(text)
        case Counting.GRAPHEMES:
            return len(text) - text.count("\r\n") if text.isascii() else len(graphemes(text))
        case Counting.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case Counting.CHARACTERS:
            return len(text)
        case Counting.BYTES:
            return len(_utf8(text))
        case Counting.EMOJI_BYTES:
            return sum(len(_utf8(piece)) if _is_emoji(piece) else len(piece) for piece in graphemes(text))
        case Counting.LINKS_AS_23:
            return _links_as_23(text)


def graphemes(text: str) -> list[str]:
    """What a reader takes for single characters (UAX #29)."""
    return _GRAPHEME.findall(text)


def _weighted(text: str) -> int:
    """X's configuration 3: composed characters, links 23, an emoji 2, most scripts 1, the others 2."""
    if text.isascii():
        return _weighted_ascii(text)
    plain = regex.sub(r"\r\n?", "\n", unicodedata.normalize("NFC", text))
    total, position = 0, 0
    for link in links.find(plain):
        total += _LINK + sum(map(_weight, graphemes(plain[position : link.start])))
        position = link.end
    return total + sum(map(_weight, graphemes(plain[position:])))


def _weighted_ascii(text: str) -> int:
    """The same for ASCII, without a look at each character: nothing is composed, is an emoji, or weighs 2."""
    plain = text.replace("\r\n", "\n")
    return len(plain) + sum(_LINK - (link.end - link.start) for link in links.find(plain))


def _weight(grapheme: str) -> int:
    if _is_emoji(grapheme):
        return 2
    return sum(1 if any(low <= ord(char) <= high for low, high in _LIGHT) else 2 for char in grapheme)


def _links_as_23(text: str) -> int:
    """Mastodon: an address with its scheme counts 23, a mention of somebody elsewhere only its local part."""
    plain = _REMOTE_MENTION.sub(r"\1", text)
    written = [link for link in links.find(plain) if link.has_scheme]
    return len(plain) + sum(_LINK - (link.end - link.start) for link in written)


def _is_emoji(grapheme: str) -> bool:
    return _EMOJI.fullmatch(grapheme) is not None


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
