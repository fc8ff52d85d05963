"""Two windows with the same step: what each has typed, and that nothing of either is lost unseen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aipromote.briefs.reconciling import reconciled
from aipromote.briefs.steps import BY_KEY

BASICS = BY_KEY["basics"]
_answers = st.dictionaries(
    st.sampled_from(["name", "tagline", "category"]), st.sampled_from(["Rye", "Wheat", "Barley"]), max_size=3
)


def test_windows_that_changed_different_questions_are_both_kept() -> None:
    seen = {"name": "Rye"}
    found = reconciled(BASICS, seen=seen, mine=seen | {"tagline": "Mine."}, saved=seen | {"category": "Theirs"})
    assert found.values == {"name": "Rye", "tagline": "Mine.", "category": "Theirs"}
    assert (found.taken, found.contested) == ({"category"}, frozenset())


def test_what_both_changed_stays_as_it_is_saved_until_a_person_insists() -> None:
    windows = {"seen": {"name": "Rye"}, "mine": {"name": "Wheat"}, "saved": {"name": "Barley"}}
    found = reconciled(BASICS, **windows)
    assert (found.values, found.contested) == ({"name": "Barley"}, {"name"})
    found = reconciled(BASICS, **windows, insisted=["name"])
    assert (found.values, found.contested) == ({"name": "Wheat"}, frozenset())


def test_an_answer_that_is_taken_away_is_gone() -> None:
    seen = {"name": "Rye", "tagline": "Old."}
    assert reconciled(BASICS, seen=seen, mine={"name": "Rye"}, saved=seen).values == {"name": "Rye"}


@given(_answers, _answers, _answers)
def test_no_change_of_either_window_is_lost_unseen(
    seen: dict[str, str], mine: dict[str, str], saved: dict[str, str]
) -> None:
    found = reconciled(BASICS, seen=seen, mine=mine, saved=saved)
    for path in ("name", "tagline", "category"):
        before, here, there, kept = (one.get(path) for one in (seen, mine, saved, found.values))
        if there != before:
            assert kept == there, "what another window has saved stays"
        if here != before:
            assert kept == here or path in found.contested, "what was typed is kept, or is told"


@given(_answers, _answers)
def test_a_window_alone_saves_what_it_shows(seen: dict[str, str], mine: dict[str, str]) -> None:
    found = reconciled(BASICS, seen=seen, mine=mine, saved=seen)
    assert (found.values, found.taken) == (mine, frozenset())
