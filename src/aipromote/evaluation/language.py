"""Which language a text is in, as far as a few lines can tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol, cast

from aipromote.documents.phrases import language_of

CANDIDATES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "uk", "zh")
"""Those that are told apart. The more there are, the more often a short text is taken for a rare one."""
_NO_LANGUAGE = re.compile(r"https?://\S+|[#@]\w+")


class _Identifier(Protocol):
    def classify(self, text: str, /) -> tuple[str, float]: ...


def is_in(text: str, wanted: str) -> bool:
    """Whether the text is in the language of that tag ("pt-BR" is Portuguese).

    A language that is not among the candidates cannot be recognised, so nothing is held against such a text; nor
    against one of addresses and hashtags alone.
    """
    language = language_of(wanted)
    words = _NO_LANGUAGE.sub(" ", text)
    if language not in CANDIDATES or not any(map(str.isalpha, words)):
        return True
    return _identifier().classify(words)[0] == language


@lru_cache(maxsize=1)
def _identifier() -> _Identifier:
    # Loaded where it is needed: no worker should carry the model and NumPy.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 -- loaded where it is needed

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(CANDIDATES))
    return cast("_Identifier", identifier)
