"""What is found in sites and documents, and that nothing else is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

import corpus
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.documents.brief import validate_brief
from aipromote.reading.accounts import platform_of
from aipromote.reading.finding import Rules, find
from aipromote.reading.merging import LISTS, merged
from aipromote.reading.passages import Passage, Reading, clean
from aipromote.reading.suggestion import Confidence, Suggestion, verified


def _values(found: Sequence[Suggestion], path: str) -> list[object]:
    return [one.value for one in found if one.path == path]


def _leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, item in value.items() if key not in {"kind", "source"} for text in _leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in _leaves(item)]
    return [str(value)]


def _holds(found: Sequence[Suggestion], readings: Sequence[Reading]) -> None:
    """The law, in words of its own: each text of each value stands in the source that the suggestion names."""
    said = {}
    for reading in readings:
        told = [reading.source, reading.language, *(f"{one.text} {one.name}" for one in reading.passages)]
        said[reading.source] = " ".join(" ".join(told).split()).lower()
    for one in found:
        text = said[one.source]
        assert one.quote.removesuffix("…").lower() in text, one
        if one.path == "goals.platforms":
            assert platform_of(one.quote) == one.value
        else:
            assert all(" ".join(leaf.split()).lower() in text for leaf in _leaves(one.value)), one


@pytest.mark.parametrize("name", corpus.SITES)
async def test_every_value_from_a_site_stands_on_the_page_that_it_names(name: str) -> None:
    read = (await corpus.site(name)).readings
    found = find(read)
    _holds(found, read)
    values, _ = merged({"name": "X", "description": "Y"}, found)
    validate_brief(values, source=name)


@pytest.mark.parametrize("name", corpus.FILES)
async def test_every_value_from_a_document_stands_in_it(name: str) -> None:
    read = await corpus.file(name)
    found = find(read)
    assert found
    assert "HACKED" not in json.dumps([one.model_dump(mode="json") for one in found])
    _holds(found, read)
    values, _ = merged({"name": "X", "description": "Y"}, found)
    validate_brief(values, source=name)


async def test_a_startups_site_tells_who_it_is() -> None:
    site = await corpus.site("ledgerlark")
    found = await Rules().suggest(site.readings)
    assert _values(found, "name") == ["Ledgerlark"]
    assert _values(found, "description")[0].startswith("Ledgerlark is a bookkeeping app")
    assert _values(found, "tagline")[0] == "The books are done before the encore"
    assert _values(found, "languages") == ["en", "de"]
    assert _values(found, "category") == ["bookkeeping app"]
    assert _values(found, "pricing")[0] == "€9 per month, receipts included."
    assert set(_values(found, "goals.platforms")) == {"x", "linkedin", "instagram"}
    assert _values(found, "positioning.differentiators") == [
        "Reads receipts in 14 languages",
        "Knows touring per diems",
    ]
    people = {person["name"]: person for person in _values(found, "founders")}
    assert set(people) == {"Ines Okafor", "Tom Brandt"}
    assert people["Ines Okafor"]["linkedin_url"] == "https://www.linkedin.com/in/ines-okafor"
    (logo,) = _values(found, "assets")
    assert logo == {"location": "https://ledgerlark.example/logo.svg", "kind": "logo", "tags": ["#0b5fff", "#0a2540"]}
    proof = {point["statement"]: point for point in _values(found, "proof_points")}
    award = proof["Finalist of the Berlin Music Tech Award 2025."]
    assert award["kind"] == "award"
    assert award["source"].endswith("/about")
    assert any(one["kind"] == "customer" and "dressing room" in one["statement"] for one in proof.values())
    assert not any("best of everything" in statement for statement in proof), "hidden by the page's own style"


async def test_pages_that_robots_txt_closes_are_left_alone_and_told() -> None:
    site = await corpus.site("ledgerlark")
    assert [urlsplit(one.source).path for one in site.readings] == ["", "/about", "/pricing"]
    (left,) = site.left_out
    assert "/customers was not opened: the site's robots.txt asks for that" in left
    assert "1,900 customers" not in " ".join(one.text for one in site.readings)


async def test_a_site_of_nothing_gives_nothing() -> None:
    found = find((await corpus.site("agency")).readings)
    assert {one.path for one in found} <= {"url"}


async def test_instructions_to_machines_are_text_that_nobody_follows() -> None:
    read = (await corpus.site("injected")).readings
    found = find(read)
    assert _values(found, "name") == ["Kindle & Ash"]
    assert _values(found, "description") == ["Kindle & Ash pours candles in Leeds."]
    assert "HACKED" not in json.dumps([one.model_dump(mode="json") for one in found])
    statements = [point["statement"] for point in _values(found, "proof_points")]
    assert statements == ["We sold 3,200 candles to 900 customers in 2025."]
    seen = read[0].text
    hidden = ["HACKED1 ", *(f"HACKED{number}" for number in range(4, 14))]
    assert not [word for word in hidden if word in seen], "what people do not see is not read at all"


class _Inventive:
    """An extractor that makes things up, as a model may."""

    name = "inventive"

    async def suggest(self, readings: Sequence[Reading]) -> list[Suggestion]:
        source = readings[0].source
        told = {"place": "heading", "quote": "Candles that remember the fire", "confidence": Confidence.STATED}
        return [
            Suggestion(path="tagline", value="Candles that remember the fire", source=source, **told),
            Suggestion(path="usp", value="Burns twice as long", source=source, **told),
            Suggestion(path="tagline", value="Candles", source=source, **(told | {"quote": "never said"})),
            Suggestion(path="tagline", value="Candles", source="https://elsewhere.example/", **told),
            Suggestion(path="founders", value={"name": "Candles", "role": "CEO"}, source=source, **told),
        ]


async def test_what_any_other_extractor_makes_up_is_dropped() -> None:
    read = (await corpus.site("injected")).readings
    kept = verified(await _Inventive().suggest(read), read)
    assert [one.value for one in kept] == ["Candles that remember the fire"]


_words = st.text(alphabet=st.characters(codec="utf-8"), max_size=200)
_passages = st.lists(
    st.builds(
        lambda kind, text, under: Passage(kind=kind, text=clean(text), place="somewhere", under=under),
        st.sampled_from(["title", "heading", "text", "item", "quote", "meta", "link", "data"]),
        st.one_of(
            _words,
            st.sampled_from(
                ["Tone: dry", "€9 per month", "Ada Berg, founder", "Over 900 customers", "“Nice and warm, all of it”"]
            ),
        ),
        st.sampled_from(["", "The problem", "Why us", "Tone", "Pricing", "Competitors"]),
    ),
    max_size=12,
)


@given(_passages, st.sampled_from(["page", "pdf", "docx", "markdown"]))
def test_nothing_is_ever_invented(passages: list[Passage], form: str) -> None:
    reading = Reading(source="https://acme.example/", form=form, passages=passages)
    found = find([reading])
    _holds(found, [reading])
    values, taken = merged({}, found)
    assert len(taken) <= len(found)
    assert set(values) <= {one.path.split(".")[0] for one in found}


async def test_what_was_typed_stays_and_lists_grow_without_doubles() -> None:
    found = find(await corpus.file("pitch.md"))
    base = {"name": "Mine", "icp": {"pain_points": ["mixed screws cost an apprentice half a day a week"]}}
    values, taken = merged(base, found)
    assert values["name"] == "Mine"
    assert len(values["icp"]["pain_points"]) == 2
    assert base["icp"]["pain_points"] == ["mixed screws cost an apprentice half a day a week"], (
        "nothing given is changed"
    )
    again, nothing = merged(values, found)
    assert (again, nothing) == (values, [])
    assert {one.path for one in taken} & LISTS


async def test_a_pitch_in_markdown_fills_most_of_a_brief() -> None:
    values, _ = merged({}, find(await corpus.file("pitch.md")))
    assert values["name"] == "Sortiment"
    assert values["tagline"] == "screws for small workshops"
    assert values["url"] == "https://sortiment.example"
    assert values["pricing"] == "from 290 € per month"
    assert values["brand"] == {"tone": "Dry, precise, a little proud.", "words_to_avoid": ["revolutionary"]}
    assert [one["name"] for one in values["positioning"]["competitors"]] == ["Manual sorting", "ScrewCount"]
    assert values["goals"]["kpis"] == [{"metric": "40 pilot workshops"}]
    assert {one["name"] for one in values["founders"]} == {"Ada Berg", "Jo van Dyk"}
    assert any("70 % less" in point["statement"] for point in values["proof_points"])
    brief = validate_brief(values, source="pitch.md")
    assert all(point.source.startswith("pitch.md, line") for point in brief.proof_points)
