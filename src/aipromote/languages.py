"""The languages of the interface, and texts in the one that the person at hand reads.

Texts are written in English where they are used, inside of `_("…")`, and looked up in `web/locale/<language>`. A text
that a catalogue lacks is shown in English: a missing translation never breaks a page. Values are given by name,
`_("Hello %(name)s", name=…)`; then, and only then, a percent sign of the text itself is written twice.

Which language it is belongs to the request (`use`), and is English where nobody asked: in commands, in workers.
Catalogues are read when a language is first spoken in a process, and kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

LANGUAGES = ("en", "de")
"""English comes first: it is what the texts are written in."""
NAMES = {"en": "English", "de": "Deutsch"}
"""What each calls itself."""
LOCALES = Path(__file__).parent / "web" / "locale"

_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


def current() -> str:
    """The language of the request at hand."""
    return _language.get()


def use(language: str | None) -> None:
    """Speak this language from here on, in this request. One that the interface lacks changes nothing."""
    if language in LANGUAGES:
        _language.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within: this language. For what is written to somebody else than the one who asks."""
    before = _language.set(language if language in LANGUAGES else LANGUAGES[0])
    try:
        yield
    finally:
        _language.reset(before)


def gettext(text: str, /, **values: object) -> str:
    """The text in the language at hand."""
    found = translations(current()).gettext(text)
    return found % values if values else found


_ = gettext


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """The form for that number, which the text calls `%(num)s`."""
    return translations(current()).ngettext(one, many, number) % {"num": number, **values}


def pgettext(context: str, text: str, /, **values: object) -> str:
    """The same for a text that means different things in different places: `context` tells them apart."""
    found = translations(current()).pgettext(context, text)
    return found % values if values else found


def known(text: str) -> str:
    """A whole sentence that was made elsewhere, in the language at hand if the catalogue has it; else as it is."""
    return translations(current()).gettext(text) if text else text


def N_(text: str) -> str:  # noqa: N802 -- the name that gettext has for it everywhere
    """The text as it is, put into the catalogues: for sentences that programs read in English and pages look up."""
    return text


@dataclass(frozen=True, slots=True)
class Lazy:
    """A text that is looked up each time it is shown: for constants, which are made before anybody asks."""

    text: str
    context: str | None = None

    def __str__(self) -> str:
        return gettext(self.text) if self.context is None else pgettext(self.context, self.text)

    def __format__(self, how: str) -> str:
        return format(str(self), how)


def lazy(text: str) -> Lazy:
    """`_`, later."""
    return Lazy(text)


def lazy_pgettext(context: str, text: str) -> Lazy:
    """`pgettext`, later."""
    return Lazy(text, context)


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue, read from its text. English needs none."""
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language == LANGUAGES[0] or not path.exists():
        return NullTranslations()
    # Only who speaks another language than English needs these.
    from babel.messages.mofile import write_mo  # noqa: PLC0415 -- see above
    from babel.messages.pofile import read_po  # noqa: PLC0415 -- see above

    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
