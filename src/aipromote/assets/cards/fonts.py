"""Letters for a text: the font that comes along (Latin, Greek, Cyrillic), or one of this machine that has them all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import font_source_sans_pro as source_sans
from PIL import ImageFont, features

from aipromote.assets.cards.errors import NoLetters

_FOLDERS = (
    Path.home() / ".local/share/fonts",
    Path("/usr/local/share/fonts"),
    Path("/usr/share/fonts"),
    Path("/Library/Fonts"),
    Path("/System/Library/Fonts"),
)
_MOST_TRIED = 400
_NO_LETTER = "\uffff"
_PROBE_SIZE = 24
_FIRST_RIGHT_TO_LEFT, _LAST_RIGHT_TO_LEFT = "\u0590", "\u08ff"


def font_file(text: str, *, bold: bool) -> str:
    """A font that has every letter of the text. Raises NoLetters, which says what to install."""
    letters = frozenset(letter for letter in text if not letter.isspace())
    if reads_right_to_left(text) and not (features.check("raqm") and features.check("fribidi")):
        raise NoLetters(
            "This machine cannot set a script that is written from right to left. Install the library FriBidi "
            "(Debian: libfribidi0), or attach a picture of your own."
        )
    for file in (str(source_sans.SourceSansProBold if bold else source_sans.SourceSansPro), *_of_this_machine()):
        if not missing(file, letters):
            return file
    some = "".join(sorted(missing(str(source_sans.SourceSansPro), letters))[:8])
    raise NoLetters(
        f"No font on this machine has the letters {some}. Install one that has them (Debian: fonts-noto-cjk or "
        "fonts-noto-core), or attach a picture of your own."
    )


def reads_right_to_left(text: str) -> bool:
    """Whether there is a letter of Hebrew, Arabic or their like."""
    return any(_FIRST_RIGHT_TO_LEFT <= letter <= _LAST_RIGHT_TO_LEFT for letter in text)


@lru_cache(maxsize=2048)
def missing(file: str, letters: frozenset[str]) -> frozenset[str]:
    """Which of the letters the font has no shape for."""
    try:
        font = ImageFont.truetype(file, _PROBE_SIZE)
    except OSError:
        return letters or frozenset(_NO_LETTER)
    nothing = bytes(font.getmask(_NO_LETTER))
    return frozenset(letter for letter in letters if bytes(font.getmask(letter)) == nothing)


@lru_cache(maxsize=1)
def _of_this_machine() -> tuple[str, ...]:
    """Fonts without serifs first, bold ones before others: what reads best in a picture."""
    files = sorted(_found(), key=_rank)
    return tuple(map(str, files[:_MOST_TRIED]))


def _found() -> Iterator[Path]:
    folders = _FOLDERS if sys.platform != "win32" else (Path("C:/Windows/Fonts"),)
    for folder in folders:
        if folder.is_dir():
            yield from (path for path in folder.rglob("*") if path.suffix.lower() in {".ttf", ".otf", ".ttc"})


def _rank(path: Path) -> tuple[bool, bool, bool, str]:
    name = path.stem.lower()
    odd = any(word in name for word in ("mono", "italic", "oblique", "condensed", "light", "thin"))
    return odd, "sans" not in name, "bold" not in name, str(path)
