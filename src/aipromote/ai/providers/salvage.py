"""The JSON object in an answer that wraps it in a fence, or in prose."""

from __future__ import annotations

import json
from json import JSONDecodeError

_MOST_STARTS = 50
_LONGEST = 400_000


def json_object(text: str) -> str | None:
    """The text of the longest JSON object that stands in `text`, or None."""
    decoder, best, position = json.JSONDecoder(), "", 0
    if len(text) > _LONGEST:
        return None
    for _ in range(_MOST_STARTS):
        position = text.find("{", position)
        if position < 0:
            break
        try:
            _, end = decoder.raw_decode(text, position)
        except (JSONDecodeError, RecursionError):
            position += 1
            continue
        best = max(best, text[position:end], key=len)
        position = end
    return best or None
