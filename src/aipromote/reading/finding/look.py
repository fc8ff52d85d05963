"""How it looks: the logo, with the brand's colours as its tags."""

from __future__ import annotations

from collections.abc import Iterator

from aipromote.reading.passages import Reading
from aipromote.reading.suggestion import Confidence, Suggestion, suggest

_LINE = 300


def find(reading: Reading, *, is_first: bool) -> Iterator[Suggestion]:
    """The surest logo of the page that was named."""
    if not is_first or reading.form != "page":
        return
    stated = [
        one
        for one in reading.of("data")
        if one.name.split(".", 1)[-1] in {"logo", "logo.url"} and one.text.startswith("http")
    ]
    shown = reading.of("image", name="logo")
    icons = reading.of("image", name="apple-touch-icon")
    colours = [one.text for one in reading.of("meta", name="theme-color") if one.text.startswith("#")]
    colours += [one.text for one in reading.of("colour")]
    for passages, confidence in ((stated, Confidence.STATED), (shown, Confidence.LIKELY), (icons, Confidence.GUESS)):
        for passage in [one for one in passages if len(one.text) <= _LINE][:1]:
            value = {"location": passage.text, "kind": "logo", "tags": list(dict.fromkeys(colours))[:4]}
            kept = {key: item for key, item in value.items() if item}
            yield suggest("assets", kept, reading=reading, passage=passage, confidence=confidence)
            return
