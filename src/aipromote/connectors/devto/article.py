"""An article as dev.to takes it and gives it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import regex

from aipromote.connectors import matching
from aipromote.connectors.contract import Part, Published

MAX_TAGS = 4
_LONGEST_TAG = 30
_TAG = regex.compile(r"(?<![^\s(])#(?=\w*\p{L})([\p{L}\p{N}_]+)")
_FRONT_MATTER = regex.compile(r"\A\s*-{3,}[ \t]*$", regex.MULTILINE)


def tags(text: str) -> list[str]:
    """What its hashtags are over there: small ASCII letters and digits, at most four. Others cannot be tags there."""
    found = (tag.replace("_", "").lower()[:_LONGEST_TAG] for tag in _TAG.findall(text))
    return list(dict.fromkeys(tag for tag in found if tag.isascii() and tag.isalnum()))[:MAX_TAGS]


def body(text: str) -> str:
    """The text without the lines of hashtags at its end, which are tags of their own and would become headings.

    A line of dashes at the beginning would open a block of settings (title, address, whether it is public): it is
    written in the other way that a line across the page can be written.
    """
    lines = text.rstrip().split("\n")
    while lines and lines[-1].strip() and all(_TAG.fullmatch(word) for word in lines[-1].split()):
        lines.pop()
        while lines and not lines[-1].strip():
            lines.pop()
    kept = "\n".join(lines) if lines else text
    return _FRONT_MATTER.sub("***", kept, count=1)


def document(part: Part) -> dict[str, Any]:
    """What is sent, without the picture."""
    return {
        "title": (part.title or "").strip(),
        "body_markdown": body(part.text),
        "published": True,
        "tags": tags(part.text),
    }


def whole(title: str, markdown: str) -> str:
    """Title and text as one, to compare."""
    return f"{title}\n\n{markdown}"


def published(shown: Any) -> Published | None:
    """An article that is out; None for a draft or for what is no article."""
    match shown:
        case {"id": int(number), "url": str(url), "published_timestamp": str(stamp)} if stamp:
            try:
                moment = datetime.fromisoformat(stamp)
            except ValueError:
                return None
            return Published(str(number), url, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        case _:
            return None


def candidate(shown: Any, *, titled: bool) -> matching.Candidate | None:
    """An article of the list, if it is out."""
    post = published(shown)
    return matching.Candidate(post, told(shown, titled=titled)) if post else None


def told(shown: Any, *, titled: bool) -> str:
    """Title and text of an article of the list, or the text alone."""
    match shown:
        case {"title": str(title), "body_markdown": str(markdown)}:
            return whole(title if titled else "", markdown)
        case _:
            return ""


def is_draft(shown: Any) -> bool:
    """Whether it says of itself that it is not out."""
    return isinstance(shown, dict) and isinstance(shown.get("id"), int) and shown.get("published") is False


def count(shown: Any, name: str) -> int | None:
    """A counter, or None where it is not told."""
    value = shown.get(name) if isinstance(shown, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
