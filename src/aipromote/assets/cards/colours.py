"""Colours as people see them: whether a text can be read on a background (WCAG 2.2, contrast ratio)."""

from __future__ import annotations

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

INK: Colour = (17, 24, 39)
PAPER: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
READABLE = 4.5
"""The contrast that a text needs at least. Black or white has it on every colour."""
_LINEAR_BELOW = 0.04045


def parsed(text: str) -> Colour | None:
    """The colour of "#1d4ed8" or "#fff" (a fourth pair, transparency, is left out); None for anything else."""
    digits = text.strip().removeprefix("#")
    if len(digits) in {3, 4}:
        digits = "".join(digit * 2 for digit in digits)
    try:
        red, green, blue = bytes.fromhex(digits)[:3] if len(digits) in {6, 8} else b""
    except ValueError:
        return None
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(background: Colour) -> Colour:
    """Dark or white, whichever is read better on this background; black where neither is read well."""
    better = max((INK, PAPER), key=lambda ink: contrast(ink, background))
    return better if contrast(better, background) >= READABLE else BLACK


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the one (0 to 1), the rest of the other."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4
