"""The evaluation of writers: its set is varied, and what it counts is what went wrong."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.writer import Slot, Writer
from aipromote.documents.brief import Brief, facts_of
from aipromote.documents.content import PostDraft
from aipromote.documents.vocabulary import Platform
from aipromote.errors import AipromoteError
from aipromote.evaluation.briefs import all_briefs
from aipromote.evaluation.language import is_in
from aipromote.evaluation.measures import Measures, measured
from aipromote.evaluation.running import evaluate
from aipromote.evaluation.table import cells, markdown_of, total

PROGRAM = Path(sys.executable).with_name("aipromote")
START = date(2026, 11, 30)
BRIEF = Brief.model_validate(
    {
        "name": "Acme",
        "description": "Acme sorts nails for small workshops.",
        "proof_points": [{"statement": "12 workshops sort with Acme.", "source": "CRM", "expires": "2026-12-05"}],
        "brand": {"words_to_avoid": ["revolutionary"]},
    }
)
SLOTS = [Slot(at, START + timedelta(days=at), Platform.TWITTER, "The problem") for at in range(10)]


def draft(at: int, body: str, **more: object) -> PostDraft:
    given = {"platform": Platform.TWITTER, "pillar": "The problem", "confidence": 0.5, "generated_by": "test/1"}
    return PostDraft.model_validate({**given, "slot": at, "body": body, **more})


def counted(*bodies: str) -> Measures:
    drafts = [draft(at, body) for at, body in enumerate(bodies)]
    return measured(BRIEF, drafts, slots=SLOTS, facts=facts_of(BRIEF))


def test_the_set_has_briefs_of_all_sorts():
    briefs = all_briefs()
    assert len(briefs) >= 20
    assert {"en", "es", "de", "fr", "pt", "ja", "ar"} <= {brief.languages[0] for brief in briefs.values()}
    assert {brief.stage for brief in briefs.values()} >= {"idea", "pre-seed", "seed", "series-a", "series-b", "growth"}
    assert len({brief.category for brief in briefs.values()}) >= 15
    assert len({platform for brief in briefs.values() for platform in brief.goals.platforms}) >= 12
    assert any(brief.constraints.rule_packs for brief in briefs.values())
    assert len({brief.name for brief in briefs.values()}) == len(briefs)


def test_a_text_that_is_too_long_does_not_keep_its_limit():
    found = counted("Acme sorts nails. " * 20, "Acme sorts nails.")
    assert (found.wanted, found.written, found.within_limits) == (10, 2, 1)


def test_a_claim_needs_a_fact_that_holds_on_the_day_of_its_slot():
    late = draft(9, "12 workshops sort with Acme.")
    found = [measured(BRIEF, [one], slots=SLOTS, facts=facts_of(BRIEF)) for one in (moved(late, 1), late)]
    assert [one.grounded for one in found] == [1, 0]
    assert counted("40 workshops sort with Acme.").grounded == 0


def moved(one: PostDraft, slot: int) -> PostDraft:
    return one.model_copy(update={"slot": slot})


def test_words_to_avoid_are_findings_and_claims_are_not_counted_twice():
    assert counted("A revolutionary box for nails.").brand_blocks == 1
    assert counted("40 workshops sort with Acme.").brand_blocks == 0


def test_posts_that_say_the_same_are_counted_as_alike():
    found = counted("Acme sorts nails by size.", "Acme sorts nails by size!", "Screws are another story altogether.")
    assert found.alike == 1
    assert found.most_alike > 0.8
    assert counted("Acme sorts nails.").most_alike == 0


def test_hooks_are_first_lines_whatever_follows():
    assert counted("A box.\n\nFor nails.", "a  box.\n\nFor screws.", "For nails.\n\nA box.").hooks == 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The rota is finished on Friday and wrong on Monday."),
        ("de", "Am Montag stehen alle gleichzeitig am Tor."),
        ("es", "Sin coche no se llega al monte, y los grupos grandes van con prisa."),
        ("fr", "La facture arrive un an trop tard et personne ne sait pourquoi."),
        ("pt-BR", "O músico toca e não sabe se vai receber."),
        ("ja", "部屋の明かりが強すぎて落ち着かない"),
        ("ar", "الكتب القديمة تبقى في الصناديق"),
    ],
)
def test_the_language_of_a_text_is_told(language, text):
    assert is_in(f"{text}\n\nhttps://acme.example #Acme", language)
    others = {"en", "de", "es", "fr", "pt", "ja", "ar"} - {language.split("-")[0]}
    assert not any(is_in(text, other) for other in others)


def test_nothing_is_held_against_a_language_that_cannot_be_told():
    assert is_in("Kahvi on kuumaa.", "fi")
    assert is_in("https://acme.example #Acme", "de")


class Refusing(OfflineWriter):
    """A writer that fails at one brief, as a model does that refuses."""

    name = "refusing/1"

    async def posts(self, brief: Brief, *given: object, **more: object) -> list[PostDraft]:
        if brief.name == "Nailbox":
            raise AipromoteError("The model refused.")
        return await super().posts(brief, *given, **more)  # type: ignore[arg-type]


async def rows_of(writer: Writer, names: Sequence[str]):
    briefs = {name: all_briefs()[name] for name in names}
    return [row async for row in evaluate(writer, briefs, start=START, days=7)]


async def test_a_writer_that_fails_at_one_brief_goes_on_with_the_next():
    rows = await rows_of(Refusing(), ["five-words", "legal-de"])
    assert [(row.problem, row.measures is None) for row in rows] == [("The model refused.", True), (None, False)]
    assert cells(rows[0])[2] == "failed"
    assert cells(rows[1])[2] == "3 of 3"
    assert total(rows)[2] == "3 of 3"


async def test_a_price_that_is_not_known_is_not_nothing():
    row = (await rows_of(OfflineWriter(), ["legal-de"]))[0]
    unknown = replace(row, spent=replace(row.spent, dollars=None))
    assert cells(row)[-2] == "0"
    assert total([row, unknown])[-2] == "not known"


async def test_the_markdown_has_a_line_for_each_brief_and_no_times():
    rows = await rows_of(OfflineWriter(), ["legal-de", "five-words"])
    lines = markdown_of(rows).splitlines()
    assert len(lines) == 5
    assert len({line.count("|") for line in lines}) == 1
    assert "seconds" not in lines[0]


def test_the_command_writes_posts_for_people_and_figures_for_programs(tmp_path):
    command = [PROGRAM, "ai", "evaluate", "--brief", "legal-de", "--days", "7", "--json"]
    done = subprocess.run([*command, "--posts", tmp_path], capture_output=True, text=True, check=True)
    (writer,) = json.loads(done.stdout)["writers"]
    (brief,) = writer["briefs"]
    assert (writer["writer"], brief["calls"], brief["fell_back"]) == (OfflineWriter.name, 0, None)
    assert (brief["name"], brief["written"], brief["within_limits"]) == ("legal-de", 3, 3)
    assert "Fristenbuch ersetzt keine Prüfung durch die Kanzlei." in (tmp_path / "legal-de.txt").read_text()


def test_a_brief_that_is_not_in_the_set_is_named():
    command = [PROGRAM, "ai", "evaluate", "--brief", "nosuch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no brief 'nosuch'" in done.stderr + done.stdout


def test_the_table_in_the_documentation_is_what_the_offline_writer_does():
    page = (Path(__file__).parents[2] / "docs/evaluation.md").read_text()
    done = subprocess.run([PROGRAM, "ai", "evaluate", "--markdown"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in page
