"""What follows from a text itself."""

from __future__ import annotations

import re

LONGEST, LONGEST_TITLE = 100_000, 500
"""Characters of what is kept, whatever a network would take."""
_HASHTAG = re.compile(r"(?<![\w/&])#(\w*[^\W\d]\w*)")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def hashtags_in(body: str) -> list[str]:
    """The hashtags of a text, without the number sign, each once, in their order."""
    return list(dict.fromkeys(_HASHTAG.findall(body)))


def split_parts(body: str) -> list[str]:
    """The posts of a thread that was written as one text: what stands between blank lines."""
    return [part for part in _BLANK_LINES.split(body.strip()) if part.strip()]
