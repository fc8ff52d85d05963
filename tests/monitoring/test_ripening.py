"""What counts as an incident: the law of the grace, and one message for one cause."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aipromote.monitoring.causes import roots
from aipromote.monitoring.checks import Check
from aipromote.monitoring.ripening import Ripening
from aipromote.monitoring.states import Area, State

NAMES = ("database", "redis", "workers", "stager", "late", "disk", "canary")


def check(name: str, *, state: State = State.RED, subject: str = "") -> Check:
    return Check(name, Area.QUEUES, state, f"{name} is so.", subject=subject)


def names(found: list[Check]) -> set[str]:
    return {each.name for each in found}


@given(
    looks=st.lists(
        st.tuples(st.floats(0.1, 20), st.dictionaries(st.sampled_from(NAMES), st.sampled_from(State))), max_size=30
    )
)
def test_ripe_is_what_was_a_root_in_every_look_of_the_grace_and_well_what_was_red_in_none(looks) -> None:
    grace, ripening, at = 30.0, Ripening(30.0), 0.0
    seen: list[tuple[float, list[Check]]] = []
    for pause, states in looks:
        at += pause
        checks = [check(name, state=state) for name, state in states.items()]
        seen.append((at, checks))
        ripening.note(checks, at=at)
        for name in NAMES:
            wrong_for = well_for = None
            for when, earlier in reversed(seen):
                if name not in names(roots(earlier)):
                    break
                wrong_for = at - when
            for when, earlier in reversed(seen):
                if name not in {each.name for each in earlier if not each.is_red}:
                    break
                well_for = at - when
            is_ripe = name in {one.check.name for one in ripening.ripe(checks, at=at)}
            assert is_ripe == (wrong_for is not None and wrong_for >= grace)
            assert ((name, "") in ripening.well(at=at)) == (well_for is not None and well_for >= grace)


def test_one_dead_worker_is_one_message() -> None:
    dead = [check("workers"), check("stager"), check("canary")]
    dead += [check(name, subject="publishing") for name in ("worker", "late", "waiting")]
    assert names(roots(dead)) == {"workers"}


def test_two_causes_are_two_messages_and_another_queue_explains_nothing() -> None:
    assert names(roots([check("redis"), check("database"), check("stager")])) == {"redis", "database"}
    paused = [check("paused", subject="email"), check("late", subject="publishing"), check("canary")]
    assert names(roots(paused)) == {"paused", "late"}


def test_what_only_follows_begins_its_grace_when_its_cause_is_gone() -> None:
    ripening = Ripening(30.0)
    late = check("late", subject="publishing")
    for at in range(0, 100, 10):
        ripening.note([check("workers"), late], at=at)
    ripening.note([late], at=100)
    assert ripening.ripe([late], at=100) == []
    ripening.note([late], at=130)
    assert [one.check.name for one in ripening.ripe([late], at=130)] == ["late"]
