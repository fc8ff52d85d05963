"""A card: a kicker, a sentence as large as it fits, and whose it is."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import regex
from PIL import Image, ImageDraw, ImageFont

from aipromote.assets.cards.colours import Colour, contrast, ink_on, mixed
from aipromote.assets.cards.errors import NoLetters
from aipromote.assets.cards.fonts import font_file, reads_right_to_left
from aipromote.documents.phrases import writes_without_spaces

LONGEST = 280
"""Characters of the sentence. A card with more is not read on a telephone."""
_MARGIN = 0.09
_SMALL, _LARGEST, _SMALLEST = 0.036, 0.1, 0.034
_LINE = 1.22
_GAP = 0.045
_BAR = (0.12, 0.012)
_SEEN = 1.6
"""The contrast at which a bar can be told from what is behind it."""
_UNDRAWN = regex.compile(
    r"\p{Extended_Pictographic}|\p{Emoji_Modifier}|[\u200d\ufe0e\ufe0f\u20e3]|\p{Cc}|\p{Cs}|\p{Co}|\p{Cn}"
)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card. Sizes in pixels; the text's colour follows from the background."""

    sentence: str
    owner: str
    width: int
    height: int
    background: Colour
    accent: Colour
    kicker: str = ""


def draw(card: Card) -> bytes:
    """The card as PNG; the same card gives the same bytes. Raises NoLetters."""
    sentence, kicker, owner = (drawable(text) for text in (card.sentence, card.kicker, card.owner))
    if not sentence:
        raise NoLetters("There is nothing to put on a card: the text has no words that can be drawn.")
    image = Image.new("RGB", (card.width, card.height), card.background)
    desk = _Desk(ImageDraw.Draw(image), card, ink_on(card.background), sentence)
    top = desk.bar()
    if kicker:
        top = desk.line(kicker, top=top, size=_SMALL, quiet=True)
    foot = card.height - round(card.width * (_MARGIN + _SMALL))
    desk.sentence(sentence, top=top, bottom=foot - round(card.width * _GAP))
    desk.line(owner, top=foot, size=_SMALL, quiet=False)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def drawable(text: str) -> str:
    """The text in one line without what no font draws in one colour: emoji, controls."""
    return _SPACES.sub(" ", _UNDRAWN.sub(" ", text)).strip()[:LONGEST]


@dataclass(frozen=True, slots=True)
class _Desk:
    draw: ImageDraw.ImageDraw
    card: Card
    ink: Colour
    sample: str

    def bar(self) -> int:
        """A short bar in the accent colour. Answers where the next thing begins."""
        width, margin = self.card.width, self._margin
        length, thickness = (round(width * part) for part in _BAR)
        visible = contrast(self.card.accent, self.card.background) >= _SEEN
        colour = self.card.accent if visible else mixed(self.ink, self.card.background, 0.6)
        left = width - margin - length if reads_right_to_left(self.sample) else margin
        self.draw.rectangle((left, margin, left + length, margin + thickness), fill=colour)
        return margin + thickness + round(width * 0.035)

    def line(self, text: str, *, top: int, size: float, quiet: bool) -> int:
        """One line, cut where it does not fit."""
        font = self._font(text, size, bold=not quiet)
        while text and self._width(text, font) > self._room:
            text = text[:-2].rstrip() + "…" if len(text) > 1 else ""
        colour = mixed(self.ink, self.card.background, 0.82) if quiet else self.ink
        self._put(text, font, top, colour)
        return top + round(font.size * _LINE + self.card.width * _GAP / 2)

    def sentence(self, text: str, *, top: int, bottom: int) -> None:
        """The sentence in the largest letters with which it fits, in the middle of what is left."""
        sizes = [part / 1000 for part in range(round(_LARGEST * 1000), round(_SMALLEST * 1000) - 1, -2)]
        for size in sizes:
            font = self._font(text, size, bold=True)
            lines = self._wrapped(text, font)
            height = round(len(lines) * font.size * _LINE)
            if height <= bottom - top and all(self._width(line, font) <= self._room for line in lines):
                break
        at = top + max(0, (bottom - top - height) // 2)
        for line in lines:
            self._put(line, font, at, self.ink)
            at += round(font.size * _LINE)

    def _wrapped(self, text: str, font: ImageFont.FreeTypeFont) -> list[str]:
        pieces = regex.findall(r"\X", text) if writes_without_spaces(text) else text.split(" ")
        between = "" if writes_without_spaces(text) else " "
        lines = [""]
        for piece in pieces:
            longer = f"{lines[-1]}{between}{piece}" if lines[-1] else piece
            if lines[-1] and self._width(longer, font) > self._room:
                lines.append(piece)
            else:
                lines[-1] = longer
        return lines

    @property
    def _margin(self) -> int:
        return round(self.card.width * _MARGIN)

    @property
    def _room(self) -> int:
        return self.card.width - 2 * self._margin

    def _font(self, text: str, size: float, *, bold: bool) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(font_file(text, bold=bold), round(self.card.width * size))

    def _width(self, text: str, font: ImageFont.FreeTypeFont) -> float:
        return font.getlength(text)

    def _put(self, text: str, font: ImageFont.FreeTypeFont, top: int, colour: Colour) -> None:
        right = reads_right_to_left(text)
        at = self.card.width - self._margin if right else self._margin
        self.draw.text((at, top), text, font=font, fill=colour, anchor="ra" if right else "la")
