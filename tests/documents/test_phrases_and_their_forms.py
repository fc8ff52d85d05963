"""A phrase is found in the forms of its language, inside no other word, and the shortcut hides none."""

# ruff: noqa: E501 -- lists of words are read as a whole

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.documents.phrases import find_phrases, phrase_pattern

LANGUAGES = ("en", "de", "es", "fr", "pt", "ja", "tr")
PHRASES = (
    "sue", "cure", "AI-powered", "issue", "Straße", "Istanbul", "kilo", "Haus", "gratuito", "révolutionnaire", "ação", "儲かる", "100%",
    "#1", "cannot lose", "ſo", "ı", "if",
)  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(["sue", "SUED", "issue", "ISTANBUL", "İstanbul", "ıstanbul", "Kilo", "kilos", "STRASSE", "straße", "Häuser", "gratuita",
                     "ações", "100%", "#1", "can not lose", "cannot-lose", " ", "\n", "ai powered", "ſue", "儲 かる", "İF", "ſo"])
    | st.text(max_size=5),
    max_size=10,
).map(" ".join)  # fmt: skip


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_looking_at_the_first_letters_first_hides_no_phrase(text: str, language: str) -> None:
    found = {(hit.phrase, hit.start, hit.end) for hit in find_phrases(text, PHRASES, language=language)}
    patterns = {phrase: phrase_pattern(phrase, language) for phrase in PHRASES}
    assert found == {
        (phrase, hit.start(), hit.end())
        for phrase, pattern in patterns.items()
        if pattern
        for hit in pattern.finditer(text)
    }


@pytest.mark.parametrize(
    ("language", "phrase", "text"),
    [
        ("de", "Haus", "Unsere Häuser"),
        ("de", "Arzt", "viele Ärzte"),
        ("de", "garantieren", "Wir garantieren das, er garantiert es, garantierte Ware"),
        ("es", "voz", "las voces"),
        ("es", "solución", "soluciones"),
        ("es", "garantizar", "garantizamos, garantizado"),
        ("es", "campeón", "las campeonas"),
        ("fr", "normal", "des prix normaux"),
        ("fr", "merveilleux", "une idée merveilleuse"),
        ("fr", "créatif", "des idées créatives"),
        ("fr", "garantir", "nous garantissons"),
        ("fr", "économiser", "vous économisez, ils économisent"),
        ("pt", "solução", "as soluções"),
        ("pt", "legal", "ideias legais"),
        ("pt", "garantir", "garantimos"),
        ("pt", "bom", "bons pães"),
    ],
)
def test_a_phrase_is_found_in_its_other_forms(language: str, phrase: str, text: str) -> None:
    assert list(find_phrases(text, [phrase], language=language))


@pytest.mark.parametrize(
    ("language", "phrase", "text"),
    [
        ("en", "sue", "There is an issue with the tissue; ensue, pursue."),
        ("en", "cure", "Secure and obscure, a sinecure."),
        ("en", "promise", "A compromise."),
        ("en", "ass", "Pass the class assignment, assess it."),
        ("de", "Rat", "Das Fahrrad im Quadrat, die Beratung."),
        ("de", "Gewinn", "Das Gewinde passt."),
        ("de", "billig", "Unbillig ist es, und die Missbilligung hilft nicht."),
        ("es", "oro", "El tesoro y el coro."),
        ("es", "puta", "La disputa y la computadora."),
        ("fr", "cul", "Le calcul est ridicule, une culture."),
        ("fr", "art", "Le départ du quart."),
        ("pt", "cura", "A procura é segura."),
        ("pt", "mal", "O animal é normal."),
    ],
)
def test_a_word_inside_another_word_is_not_found_in_any_language(language: str, phrase: str, text: str) -> None:
    assert list(find_phrases(text, [phrase], language=language)) == []
