"""Every colour of text is legible on every ground that it stands on, light and dark."""

from __future__ import annotations

import re

import pytest

from aipromote.web import bundling

_PAIR = re.compile(r"--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)")
TOKENS = {
    name: (light, dark)
    for name, light, dark in _PAIR.findall((bundling.SOURCES / "src/styles/tokens.css").read_text(encoding="utf-8"))
}
GROUNDS = ("ground", "rail", "raised", "sunken", "hover")
MEANINGS = ("draft", "review", "scheduled", "published", "risk", "failed", "simulated")
TEXTS = [(text, ground) for text in ("ink", "soft", "quiet", "accent", *MEANINGS) for ground in GROUNDS]
TINTS = [(text, f"{name}-tint") for name in MEANINGS for text in (name, "ink", "soft")]
BUTTONS = [("on-solid", "solid"), ("on-solid", "solid-hover")]


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_are_legible_on_their_grounds(scheme: int) -> None:
    found = {
        pair: round(contrast(TOKENS[pair[0]][scheme], TOKENS[pair[1]][scheme]), 2) for pair in TEXTS + TINTS + BUTTONS
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_the_ring_around_what_has_the_focus_is_seen(scheme: int) -> None:
    for ground in GROUNDS:
        assert contrast(TOKENS["accent"][scheme], TOKENS[ground][scheme]) >= 3
