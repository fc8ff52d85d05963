"""Hints are given where they help and nowhere else; the rules of industries say why, and where it can be read."""

from datetime import date

import pytest

from aipromote.brand.check import Finding, Rules, check
from aipromote.brand.checks.privacy import is_card, is_iban
from aipromote.brand.checks.readability import reading_ease
from aipromote.brand.findings import standing
from aipromote.brand.packs import PACKS
from aipromote.connectors.contract import Counting, Limits
from aipromote.documents.phrases import find_phrases
from aipromote.documents.vocabulary import Platform

ROOM = Limits(5000, Counting.CHARACTERS, max_parts=5)
LANGUAGES = ("en", "de", "es", "fr", "pt")


def findings(
    text: str, *, platform: Platform = Platform.LINKEDIN, hints: bool = True, **rules: object
) -> list[Finding]:
    today = date(2026, 11, 23)
    return check(text, rules=Rules(**rules), facts=(), platform=platform, limits=ROOM, now=today, hints=hints)


def hints_of(kind: str, text: str, **given: object) -> list[tuple[str, str | None]]:
    found = [one for one in findings(text, **given) if one.kind == kind]
    assert all(one.severity == "warn" for one in found)
    return [(text[slice(*one.span)] if one.span else "", one.replacement) for one in found]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Write to ada.lovelace@acme.example", "ada.lovelace@acme.example"),
        ("Call +1 415 555 2671 now", "+1 415 555 2671"),
        ("Pay to DE89 3704 0044 0532 0130 00 today", "DE89 3704 0044 0532 0130 00"),
        ("Card 4111 1111 1111 1111 works", "4111 1111 1111 1111"),
        ("Our server is 8.8.8.8, ping it", "8.8.8.8"),
    ],
)
def test_what_may_be_a_person_s_is_hinted_at(text: str, said: str) -> None:
    assert [where for where, _ in hints_of("privacy", text)] == [said]


@pytest.mark.parametrize(
    "text",
    [
        "Write to hello@acme.example or support@acme.example.",
        "Version 10.4.0.1, since 2026-11-28, 1,200,000 rows and 3.14159265.",
        "Pay to DE88 3704 0044 0532 0130 00 (a wrong one).",
        "Order 4111 1111 1111 1112 is no card.",
        "The router is at 192.168.0.1.",
        "See https://acme.example/posts/1234567890123456",
    ],
)
def test_what_is_meant_to_be_told_or_is_no_such_number_is_not(text: str) -> None:
    assert hints_of("privacy", text) == []


def test_check_digits_are_checked() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")
    assert is_card("5555555555554444")
    assert not is_card("5555555555554445")
    assert not is_card("4444444444444444")


def test_a_card_number_can_be_hidden_by_a_click() -> None:
    assert hints_of("privacy", "Card 4111 1111 1111 1111") == [("4111 1111 1111 1111", "•••• 1111")]


def test_a_german_number_without_its_country_is_one_in_german_only() -> None:
    assert hints_of("privacy", "Ruf an: 030 901820", language="de") == [("030 901820", None)]


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("en", "This is bullshit.", "bullshit"),
        ("de", "So eine Scheiße", "Scheiße"),
        ("es", "Vaya mierda", "mierda"),
        ("fr", "Putain, enfin", "Putain"),
        ("pt", "Que merda", "merda"),
        ("de", "What the fuck", "fuck"),
    ],
)
def test_rude_words_are_hinted_at_with_a_mask(language: str, text: str, word: str) -> None:
    assert hints_of("profanity", text, language=language) == [(word, word[0] + "*" * (len(word) - 1))]


def test_words_that_contain_rude_ones_are_fine() -> None:
    assert hints_of("profanity", "Scunthorpe, the shiitake, Dickens, a disputa, class, assess") == []
    assert hints_of("profanity", "La disputa de la computadora reputada", language="es") == []


def test_shouting_can_be_calmed_by_a_click() -> None:
    assert hints_of("tone", "BUY THIS THING NOW, please") == [("BUY THIS THING NOW", "Buy this thing now")]
    assert hints_of("tone", "Really!!!") == [("!!!", "!")]
    assert hints_of("tone", "Our SLA, API and SDK.") == []
    assert hints_of("tone", "Yes! No! Maybe! Often!") == [("", None)]


def test_too_many_emoji_and_too_long_sentences_are_hints() -> None:
    assert hints_of("tone", "🎉" * 6) == []
    assert hints_of("tone", "🎉" * 7) == [("🎉", "")]
    assert hints_of("tone", "word " * 34 + "end.") == []
    assert len(hints_of("tone", "word " * 36 + "end.")) == 1


def test_each_language_has_its_formula_and_simple_words_read_easily() -> None:
    easy = {
        "en": "The cat sat on the mat. It was warm.",
        "de": "Die Katze sitzt da. Es ist warm.",
        "es": "El gato come pan. Hace sol.",
        "fr": "Le chat est là. Il fait beau.",
        "pt": "O gato come pão. Faz sol.",
    }
    for language, text in easy.items():
        ease = reading_ease(text, language=language)
        assert ease is not None
        assert ease > 70
    hard = "Organizational interdependencies necessitate multidimensional reconceptualization of responsibilities."
    assert (reading_ease(hard, language="en") or 0) < 0
    assert reading_ease("кот", language="ru") is None


def test_signs_that_a_network_does_not_read_are_hints_there_only() -> None:
    text = "**Bold** and [this](https://a.example/x)"
    plain = [("**Bold**", "Bold"), ("[this](https://a.example/x)", "this: https://a.example/x")]
    for shown_as_it_is in (Platform.LINKEDIN, Platform.TELEGRAM, Platform.SLACK):
        assert hints_of("platform", text, platform=shown_as_it_is) == plain
    for read in (Platform.REDDIT, Platform.DISCORD):
        assert hints_of("platform", text, platform=read) == []
    assert hints_of("platform", "@ada hello", platform=Platform.TWITTER) == [("@ada", ".@ada")]


def test_a_link_in_a_caption_can_be_replaced() -> None:
    assert hints_of("link", "See https://a.example/x", platform=Platform.INSTAGRAM) == [
        ("https://a.example/x", "link in bio")
    ]


def test_without_hints_only_what_can_block_is_looked_for() -> None:
    text = "BUY THIS THING NOW!!! ada@b.example saves 40%"
    assert [one.kind for one in findings(text, hints=False)] == ["claim"]
    assert {one.kind for one in findings(text)} == {"claim", "tone", "privacy"}


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en", "We partnered with Acme on this video.", "#ad"),
        ("en", "This lamp was gifted by a brand.", "#ad"),
        ("en", "My desk: https://shop.example/p?aff_id=77", "#ad"),
        ("en", "My desk: https://www.amazon.example/dp/B0?tag=ada-20", "#ad"),
        ("en", "Use my code ADA20 for a lamp.", "#ad"),
        ("de", "In Kooperation mit Acme. #ad", "Anzeige"),
        ("es", "Vídeo patrocinado por Acme.", "Publicidad"),
        ("fr", "En partenariat avec Acme.", "Publicité"),
        ("pt", "Em parceria com a Acme.", "#publi"),
    ],
)
def test_an_advertisement_that_hides_it_blocks_where_the_pack_was_chosen(language: str, text: str, label: str) -> None:
    (hint,) = [one for one in findings(text, language=language) if one.kind == "disclosure"]
    assert hint.severity == "warn"
    (found,) = [
        one for one in findings(text, language=language, rule_packs=("advertising",)) if one.kind == "disclosure"
    ]
    assert found.severity == "block"
    assert label in (found.suggestion or "")
    assert "255.5" in (found.source or "")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "#ad We partnered with Acme."),
        ("en", "Paid partnership with Acme."),
        ("en", "The docs: https://a.example/x?utm_source=mail"),
        ("en", "We built this for people who partner up."),
        ("de", "Anzeige: In Kooperation mit Acme."),
        ("es", "Publicidad. Patrocinado por Acme."),
        ("fr", "Collaboration commerciale. En partenariat avec Acme."),
        ("pt", "#publi Em parceria com a Acme."),
    ],
)
def test_what_says_that_it_is_one_or_is_none_passes(language: str, text: str) -> None:
    assert [one for one in findings(text, language=language) if one.kind == "disclosure"] == []


@pytest.mark.parametrize("rule", [rule for rules in PACKS.values() for rule in rules], ids=lambda rule: rule.name)
def test_each_rule_of_a_pack_has_a_reason_a_source_and_all_languages(rule) -> None:
    assert rule.phrases.keys() == set(LANGUAGES)
    assert all(rule.phrases.values())
    assert any(word in rule.source for word in ("CFR", "Directive", "Regulation", "FTC", "gesetz", "U.S.C."))
    for language, wordings in rule.phrases.items():
        for wording in wordings:
            text = f"x {wording} y"
            assert list(find_phrases(text, [wording], language=language)), wording
            pack = (rule.name.split(".")[0],)
            found = [one for one in findings(text, language=language, rule_packs=pack) if one.rule == rule.name]
            assert found[0].severity == "block"
            assert rule.reason in found[0].reason


def test_a_finding_is_the_same_however_the_rest_of_the_text_changes() -> None:
    one, other = "It saves 40%.", "Well: it saves 40%!"
    (first,), (second,) = findings(one), findings(other)
    assert first.key(one) == second.key(other) == "claim/percentage/1/40%"


def test_the_same_words_further_on_are_another_finding() -> None:
    """Who sets aside that 1,200 customers are not proven has said nothing of the 1,200 teams whose fact expires."""
    text = "1,200 teams plan here. 1,200 customers trust us."
    first = Finding("claim", "block", "no fact", (0, 5), rule="number")
    second = Finding("claim", "block", "no fact", (23, 28), rule="number")
    assert text[0:5] == text[23:28] == "1,200"
    assert standing([first, second], text, override_reason="I know.", set_aside={second.key(text)}) == [first]


def test_a_finding_about_the_whole_is_covered_as_it_was() -> None:
    missing = Finding("disclaimer", "block", "the legal disclaimer is missing", suggestion="Add: A.")
    other = Finding("disclaimer", "block", "the legal disclaimer is missing", suggestion="Add: B.")
    assert standing([other], "x", override_reason="I know.", set_aside={missing.key("x")}) == [other]
