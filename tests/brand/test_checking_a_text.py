"""The check finds what must not be said, and nothing that may."""

from datetime import date

import pytest

from aipromote.brand.check import Finding, Rules, check, rules_of
from aipromote.connectors import limits
from aipromote.connectors.contract import Counting, Limits
from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact, FactKind
from aipromote.documents.vocabulary import Platform

TODAY = date(2026, 11, 23)
ROOM = Limits(5000, Counting.CHARACTERS, max_parts=5)


def findings(
    text: str,
    *facts: Fact,
    platform: Platform = Platform.LINKEDIN,
    limits: Limits = ROOM,
    parts: list[str] | None = None,
    **rules: object,
) -> list[Finding]:
    return check(text, rules=Rules(**rules), facts=facts, platform=platform, limits=limits, now=TODAY, parts=parts)


def claimed(text: str, *facts: Fact, language: str = "en", declared: tuple[str, ...] = ()) -> list[str]:
    found = findings(text, *facts, language=language, declared=declared)
    return [text[slice(*finding.span)].strip() for finding in found if finding.kind == "claim"]


def proof(statement: str, *, kind: FactKind = FactKind.METRIC, expires: date | None = None) -> Fact:
    return Fact(statement=statement, source="report", kind=kind, expires=expires)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("That is the issue.", "sue"),
        ("We keep it secure.", "cure"),
        ("No compromise here.", "promise"),
        ("A classic assortment.", "ass"),
        ("Das Gewinde passt.", "Gewinn"),
    ],
)
def test_a_word_inside_another_word_is_not_found(text, phrase):
    assert findings(text, forbidden_phrases=(phrase,)) == []


@pytest.mark.parametrize(
    ("language", "phrase", "text"),
    [
        ("en", "sue", "They sued us."),
        ("en", "sue", "Suing is slow."),
        ("en", "hack", "Growth HACKS!"),
        ("en", "stop", "It never stopped."),
        ("en", "try", "She tried."),
        ("en", "AI-powered", "An AI powered tool"),
        ("de", "billig", "Unsere billigen Brote"),
        ("de", "Rabatt", "mit Rabatten"),
        ("es", "gratuito", "prueba gratuita"),
        ("fr", "révolutionnaire", "des outils révolutionnaires"),
        ("pt", "mágico", "soluções mágicas"),
        ("ja", "儲かる", "絶対に儲かる方法"),
        ("ru", "бесплатно", "Совсем бесплатно!"),
    ],
)
def test_a_forbidden_phrase_is_found_with_its_endings(language, phrase, text):
    (finding,) = findings(text, forbidden_phrases=(phrase,), language=language)
    assert (finding.kind, finding.severity) == ("phrase", "block")
    assert finding.span is not None


def test_a_finding_says_where_it_is_and_what_to_do():
    (finding,) = findings("A revolutionary idea", forbidden_phrases=("revolutionary",))
    assert finding.span == (2, 15)
    assert finding.reason == "“revolutionary” is on the list of words to avoid"
    assert finding.suggestion


def test_claims_to_avoid_are_blocked_even_with_a_fact():
    (finding,) = findings(
        "We never miss an alert.", proof("never miss an alert"), claims_to_avoid=("never miss an alert",)
    )
    assert finding.reason == "“never miss an alert” is a claim to avoid"


def test_a_rule_pack_blocks_its_industrys_phrases():
    text = "A truly risk-free plan"
    found = findings(text, rule_packs=("finance",))
    assert {finding.kind for finding in found} == {"phrase", "claim"}


def test_a_forbidden_hashtag_is_found_in_any_case():
    (finding,) = findings("Hello #ForEx", forbidden_hashtags=("Forex",))
    assert finding.reason == "#ForEx is a forbidden hashtag"


def test_where_hashtags_are_listed_no_other_may_be_used():
    found = findings("Hello #SRE and #Other, see https://a.example/x#frag", allowed_hashtags=("sre",))
    assert [finding.reason for finding in found] == ["#Other is not one of the allowed hashtags"]


def test_more_hashtags_than_the_platform_takes_are_blocked():
    (finding,) = findings("#a #b #c", limits=Limits(100, Counting.CHARACTERS, max_hashtags=2))
    assert finding.reason == "3 hashtags, where 2 are accepted"


def test_no_minimum_of_hashtags_is_asked_for():
    assert findings("Hello", platform=Platform.TWITTER, limits=limits.of(Platform.TWITTER)) == []


def test_the_disclaimer_must_be_there_and_may_say_what_others_may_not():
    legal = "Not risk-free. 3 of 5 lose money."
    assert findings(f"Hello\n\n{legal}", legal_disclaimer=legal, forbidden_phrases=("risk-free",)) == []
    (finding,) = findings("Hello", legal_disclaimer=legal)
    assert (finding.kind, finding.suggestion) == ("disclaimer", f"Add: {legal}")


@pytest.mark.parametrize(
    ("language", "text", "claim"),
    [
        ("en", "It saves 40% of the time.", "40%"),
        ("en", "1,200 teams use it.", "1,200"),
        ("en", "It is 10x cheaper.", "10x"),
        ("en", "Only $29 here.", "$29"),
        ("en", "The fastest way to ship.", "fastest"),
        ("en", "The most reliable queue.", "most reliable"),
        ("en", "Easier than Nagios.", "Easier than"),
        ("en", "Results guaranteed.", "guaranteed"),
        ("de", "50 Prozent weniger Müll.", "50 Prozent"),
        ("de", "Das beste Brot der Stadt.", "beste"),
        ("de", "Schneller als der Supermarkt.", "Schneller als"),
        ("es", "El mejor pan.", "El mejor"),
        ("fr", "Le meilleur atelier.", "Le meilleur"),
        ("pt", "Retorno garantido.", "garantido"),
        ("ja", "コストを30%削減。", "30%"),
        ("en", "Founded in 2019.", "Founded in 2019"),
        ("en", "Trusted by Acme.", "Acme"),
        ("en", "It is three times lighter.", "three times"),
    ],
)
def test_a_claim_without_a_fact_is_blocked(language, text, claim):
    assert claimed(text, language=language) == [claim]


@pytest.mark.parametrize(
    "text",
    [
        "See you on 12 March 2027 at 9:30 or 4 pm.",
        "In 2019 nobody knew. On 2026-11-01 we had lunch.",
        "1. Plan\n2. Write\n3) Send",
        "A thread about queues 1/5",
        "B2B teams on S3 and v2.1, around 24/7.",
        "Ask @bob42 or see https://a.example/99?x=3 and acme42.com #top10",
        "At least try the best practices, most of the time.",
        "No guarantee, and not guaranteed.",
        "Is there an issue? Tell us.",
    ],
)
def test_what_carries_digits_or_strong_words_without_a_claim_passes(text):
    assert claimed(text) == []


def test_german_dates_and_hours_are_no_claims():
    assert claimed("Am 3. Mai um 7 Uhr, ab 1.12.2026, keine Garantie.", language="de") == []


def test_the_own_name_and_the_declared_price_need_no_proof():
    declared = ("Studio 54", "from $29 a month")
    assert claimed("Studio 54 costs from $29 a month.", declared=declared) == []
    assert claimed("Studio 55 costs from $39 a month.", declared=declared) == ["55", "$39"]


def test_a_fact_with_the_same_number_proves_the_claim():
    fact = proof("Teams save 40 percent of their time; 1.200 teams were asked.")
    assert claimed("We save 40% of the time for 1,200 teams.", fact) == []


def test_the_same_number_of_another_sort_proves_nothing():
    assert claimed("40% fewer pages.", proof("40 teams use it.")) == ["40%"]


def test_a_number_is_not_proven_by_a_longer_one():
    assert claimed("4 teams.", proof("41 teams.")) == ["4"]


def test_an_expired_fact_proves_nothing_and_is_named():
    fact = proof("40 teams use it.", expires=date(2026, 11, 22))
    (finding,) = findings("40 teams use it.", fact)
    assert finding.reason == "the number “40” needs a proof: the fact that proves it expired on 2026-11-22"


def test_a_fact_holds_on_its_last_day():
    assert claimed("40 teams use it.", proof("40 teams use it.", expires=TODAY)) == []


def test_a_customer_is_named_only_while_a_fact_holds():
    old = proof("Northwind Freight runs on Pagerlane.", kind=FactKind.CUSTOMER, expires=date(2026, 1, 1))
    text = "Northwind Freight likes Pagerlane."
    assert claimed(text, old, declared=("Pagerlane",)) == ["Northwind Freight"]
    assert claimed(text, old, proof("Northwind Freight renewed."), declared=("Pagerlane",)) == []


def test_each_post_of_a_thread_is_measured_by_itself():
    small = Limits(10, Counting.CHARACTERS, max_parts=2)
    assert findings("12345678a\n\nshort", limits=small, parts=["aaaa bbbb", "short"], declared=("12345678a",)) == []
    found = findings("aaaa bbbb cccc", limits=small, parts=["aaaa bbbb cccc", "b", "c"])
    assert [finding.reason for finding in found] == [
        "post 1 of the thread has 14 of 10 characters",
        "3 posts in the thread, where 2 are accepted",
    ]


def test_length_is_counted_as_the_platform_counts():
    assert findings("日" * 140, limits=limits.of(Platform.TWITTER), platform=Platform.TWITTER) == []
    (finding,) = findings("日" * 141, limits=limits.of(Platform.TWITTER), platform=Platform.TWITTER)
    assert (finding.kind, finding.suggestion) == ("length", "Shorten it by 2.")


def test_a_link_in_a_caption_is_only_a_warning_and_comes_last():
    found = findings("See https://a.example #x", platform=Platform.INSTAGRAM, forbidden_hashtags=("x",))
    assert [(finding.kind, finding.severity) for finding in found] == [("hashtag", "block"), ("link", "warn")]


def test_a_place_that_was_not_filled_in_is_blocked():
    assert [finding.kind for finding in findings("Hello {{name}}, meet [your product]")] == ["placeholder"] * 2


def test_the_rules_of_a_brief_are_all_taken():
    brief = Brief.model_validate(
        {
            "name": "Acme",
            "description": "d",
            "pricing": "free",
            "languages": ["de"],
            "brand": {
                "words_to_avoid": ["a"],
                "hashtags": {"allowed": ["#b"], "forbidden": ["c"]},
                "legal_disclaimer": "d",
            },
            "constraints": {"claims_to_avoid": ["e"], "rule_packs": ["finance"]},
        }
    )
    assert rules_of(brief) == Rules("de", ("a",), ("e",), ("b",), ("c",), "d", ("finance",), ("Acme", "free"))


@pytest.mark.parametrize("piece", ["a@", "a-", "a.", "@1-", "1 ", "{{", "日本語", "la "])
def test_a_hostile_text_does_not_keep_the_check_busy(piece):
    # Without bounds in the patterns, the first of these took minutes.
    assert claimed(piece * 5000) == claimed(piece * 5000)
