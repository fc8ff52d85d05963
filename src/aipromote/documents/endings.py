"""The usual endings of words, by language, and those that take the place of another: what `phrases` looks for."""
# ruff: noqa: E501 -- a list of endings is read as a whole

from __future__ import annotations

ENDINGS = {
    "en": ("s", "es", "'s", "’s", "d", "ed", "er", "ers", "ing", "ly"),
    "de": ("e", "en", "er", "ern", "es", "em", "n", "s", "t", "te", "ten", "st", "ung", "ungen"),
    "es": ("s", "es", "a", "as", "o", "os", "n", "mente"),
    "fr": ("s", "x", "e", "es", "nt", "ent", "r", "ment"),
    "pt": ("s", "es", "a", "as", "o", "os", "m", "mente"),
}

# What stands at the end of a word, and what stands there in its other forms. Longer endings go with their own forms only.
EXCHANGES: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {"en": ("t", "te", "ten", "e", "end", "ende", "enden"), "um": ("en",), "ein": ("eine", "einen", "einem")},
    "es": {
        "z": ("ces",), "ción": ("ciones",), "sión": ("siones",), "ón": ("ones", "ona", "onas"), "és": ("esa", "eses", "esas"),
        "ar": ("a", "an", "as", "amos", "ando", "ado", "ada", "ados", "adas", "ó", "aron", "e", "en", "aré", "ará"),
        "er": ("e", "en", "es", "emos", "iendo", "ido", "ida", "ió", "ieron", "a", "an"),
        "ir": ("e", "en", "es", "imos", "iendo", "ido", "ida", "ió", "ieron", "a", "an"),
    },
    "fr": {
        "al": ("aux", "ale", "ales"), "au": ("aux",), "eux": ("euse", "euses"), "eur": ("euse", "euses", "rice", "rices"),
        "teur": ("trice", "trices"), "if": ("ive", "ives"), "el": ("elle", "elles"), "en": ("enne", "ennes"), "on": ("onne", "onnes"),
        "er": ("e", "es", "ons", "ez", "ent", "é", "ée", "és", "ées", "ant", "ait", "aient", "era", "eront"),
        "ir": ("is", "it", "issons", "issez", "issent", "i", "ie", "ies", "issant"), "c": ("que", "ques"), "g": ("gue", "gues"),
    },
    "pt": {
        "ção": ("ções",), "são": ("sões",), "ão": ("ões", "ães", "ãos", "ona"), "al": ("ais",), "el": ("éis", "eis"), "ol": ("óis",),
        "il": ("is", "eis"), "m": ("ns",), "r": ("res",), "z": ("zes",), "ês": ("esa", "eses", "esas"),
        "ar": ("a", "am", "as", "amos", "ando", "ado", "ada", "ados", "adas", "ou", "aram", "e", "em"),
        "er": ("e", "em", "es", "emos", "endo", "ido", "ida", "eu", "eram", "a", "am"),
        "ir": ("e", "em", "imos", "indo", "ido", "ida", "iu", "iram", "a", "am"),
    },
}  # fmt: skip
