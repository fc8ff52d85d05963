"""A brief is read with every mistake named, and survives being written out."""
# ruff: noqa: E501 -- expected messages stand as a person sees them

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.documents.brief import Brief, BriefError, Problem, brief_json_schema, facts_of
from aipromote.documents.brief.file import MAX_BYTES, dump_brief, read_brief
from aipromote.documents.facts import FactKind
from aipromote.documents.vocabulary import Platform


def problems_of(text: str | bytes) -> list[str]:
    with pytest.raises(BriefError) as caught:
        read_brief(text, source="brief.yaml")
    return caught.value.message.splitlines()


def test_a_name_and_a_sentence_are_enough():
    brief = read_brief("name: Acme\ndescription: Acme sorts nails.\n", source="brief.yaml")
    assert brief.languages == ["en"]
    assert brief.time_zone == "UTC"
    assert brief.goals.platforms == [Platform.TWITTER, Platform.LINKEDIN]
    assert brief.approval == "manual"


def test_every_optional_field_may_be_null():
    optional = [name for name in Brief.model_fields if name not in {"name", "description"}]
    text = "name: Acme\ndescription: Nails.\n" + "".join(f"{name}: null\n" for name in optional)
    assert read_brief(text, source="brief.yaml") == Brief(name="Acme", description="Nails.")


def test_every_optional_field_of_a_group_may_be_null():
    groups = {
        "icp": "personas",
        "positioning": "usp",
        "brand": "hashtags",
        "goals": "frequency",
        "constraints": "rule_packs",
    }
    text = "name: Acme\ndescription: Nails.\n" + "".join(
        f"{group}: {{{field}: ~}}\n" for group, field in groups.items()
    )
    assert read_brief(text, source="brief.yaml") == Brief(name="Acme", description="Nails.")


def test_all_mistakes_are_reported_at_once_with_their_lines():
    text = (
        "name: Acme\n"
        "descripton: Nails.\n"
        "languages: de\n"
        "time_zone: Europe/Berln\n"
        "stage: sed\n"
        "pricing: 12\n"
        "goals:\n"
        "  platforms: [x, linkdin]\n"
        "proof_points:\n"
        "  - statement: We sort 3 nails\n"
        "    expires: 2027-02-30\n"
    )
    lines = problems_of(text)
    platforms = lines.pop(6)
    assert platforms.startswith(
        "brief.yaml:8: goals.platforms[2]: found 'linkdin'; expected one of x, twitter, linkedin,"
    )
    assert platforms.endswith("(did you mean 'linkedin'?)")
    assert lines == [
        "brief.yaml:1: description: is missing; expected one sentence about what it does and for whom",
        "brief.yaml:2: descripton: is not a known field; did you mean 'description'?",
        "brief.yaml:3: languages: found 'de'; expected a list (lines that start with '- ')",
        (
            "brief.yaml:4: time_zone: found 'Europe/Berln'; expected an IANA time zone such as 'Europe/Berlin' "
            "(did you mean 'Europe/Berlin'?)"
        ),
        "brief.yaml:5: stage: found 'sed'; expected one of 'idea', 'pre-seed', 'seed', 'series-a', 'series-b', 'growth'",
        "brief.yaml:6: pricing: found 12; expected text (put numbers and dates in quotes)",
        (
            "brief.yaml:10: proof_points[1].source: is missing; "
            "expected where the statement can be checked (a link, a document, a person)"
        ),
        "brief.yaml:11: proof_points[1].expires: found '2027-02-30'; expected a date such as 2027-01-31",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1\nb: 2", "brief.yaml:2: is not valid YAML: expected ',' or ']', but got ':'"),
        ("name: a\nname: b", "brief.yaml:2: name: stands twice (first on line 1); expected once"),
        ("a: &x 1\nb: *x", "brief.yaml:2: found an alias (*); write the value out instead"),
        ("", "brief.yaml:1: the file is empty; expected at least name and description"),
        ("- a", "brief.yaml:1: found a list; expected a group of fields"),
        ("name: a\n---\nname: b", "brief.yaml:2: found a second document after '---'; expected one brief per file"),
        (b"name: a\ndescription: \xff", "brief.yaml:2: is not UTF-8 text; save the file as UTF-8"),
        ("[" * 5000, "brief.yaml:1: is nested more than 20 levels deep"),
        ("x" * (MAX_BYTES + 1), "brief.yaml: found 257 kB; expected at most 256 kB"),
        ("? [a]\n: b", "brief.yaml:1: found a list or a group as the name of a field; expected text"),
    ],
)
def test_a_file_that_is_no_brief_says_so_in_one_line(text, line):
    assert problems_of(text) == [line]


def test_a_billion_laughs_is_refused_before_it_is_built():
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert problems_of(bomb) == ["brief.yaml:2: found an alias (*); write the value out instead"]


def test_a_tag_cannot_build_a_python_object():
    text = "name: !!python/object/apply:os.system [echo]\ndescription: Nails.\n"
    assert problems_of(text) == ["brief.yaml:1: name: found a list; expected text (put numbers and dates in quotes)"]


def test_the_error_carries_its_problems_as_data():
    with pytest.raises(BriefError) as caught:
        read_brief("name: a\ndescription: b\nstage: x", source="brief.yaml")
    assert [type(problem) for problem in caught.value.problems] == [Problem]
    assert (caught.value.field, caught.value.status, caught.value.problems[0].line) == ("stage", 422, 3)


def test_platforms_go_by_the_names_people_use():
    text = "name: a\ndescription: b\ngoals: {platforms: [X, youtube shorts, dev.to, LinkedIn, twitter]}"
    assert read_brief(text, source="brief.yaml").goals.platforms == [
        Platform.TWITTER,
        Platform.YOUTUBE_SHORTS,
        Platform.DEVTO,
        Platform.LINKEDIN,
    ]


def test_a_frequency_for_a_platform_that_is_not_used_is_a_mistake():
    text = "name: a\ndescription: b\ngoals:\n  platforms: [x]\n  frequency: {per_platform: {linkedin: 2}}"
    assert problems_of(text) == [
        (
            "brief.yaml:3: goals: found 'LinkedIn'; expected frequency.per_platform to name only platforms "
            "listed in goals.platforms"
        )
    ]


def test_two_primary_founders_are_a_mistake():
    text = "name: a\ndescription: b\nfounders: [{name: Ada, is_primary: true}, {name: Bo, is_primary: true}]"
    assert problems_of(text) == [
        "brief.yaml:1: found 'Ada, Bo'; expected at most one founder with is_primary: true",
    ]


def test_proof_points_become_facts():
    text = "name: a\ndescription: b\nproof_points: [{kind: metric, statement: 9 of 10 stay, source: CRM}]"
    (fact,) = facts_of(read_brief(text, source="brief.yaml"))
    assert (fact.kind, fact.statement, fact.source, fact.expires) == (FactKind.METRIC, "9 of 10 stay", "CRM", None)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
lines = words.map(str.strip).filter(bool)
briefs = st.builds(
    lambda **parts: Brief.model_validate(parts),
    name=lines,
    description=lines,
    tagline=st.none() | lines,
    stage=st.sampled_from([None, "idea", "seed"]),
    time_zone=st.sampled_from(["UTC", "Asia/Tokyo"]),
    founders=st.lists(st.fixed_dictionaries({"name": lines, "bio": st.none() | lines}), max_size=2),
    icp=st.fixed_dictionaries({"personas": st.lists(lines, max_size=3), "pain_points": st.lists(lines, max_size=3)}),
    proof_points=st.lists(
        st.fixed_dictionaries({"statement": lines, "source": lines, "expires": st.dates()}), max_size=2
    ),
    goals=st.fixed_dictionaries(
        {"kpis": st.lists(st.fixed_dictionaries({"metric": lines, "target": st.integers() | lines}), max_size=2)}
    ),
)


@given(briefs)
def test_a_brief_that_was_written_reads_the_same(brief):
    assert read_brief(dump_brief(brief), source="brief.yaml") == brief


@given(st.text(max_size=200))
def test_any_text_is_either_a_brief_or_a_named_problem(text):
    try:
        read_brief(text, source="brief.yaml")
    except BriefError as error:
        assert error.problems  # noqa: PT017 -- either outcome is right; a third one is not


def test_the_json_schema_knows_every_field():
    schema = brief_json_schema()
    assert set(schema["properties"]) == set(Brief.model_fields)
    assert schema["required"] == ["name", "description"]
