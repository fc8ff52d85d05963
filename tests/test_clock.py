"""The clock that a simulation puts forward."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aipromote import clock
from aipromote.clock import Dial

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def dial(tmp_path: Path):
    yield Dial.create(tmp_path / "clock", start=START)
    clock.use(None)


def test_product_time_begins_where_the_dial_says(dial: Dial) -> None:
    assert START <= dial.now() < START + timedelta(minutes=1)


def test_a_jump_goes_forward_and_never_back(dial: Dial) -> None:
    dial.jump(START + timedelta(days=7))
    assert dial.now() >= START + timedelta(days=7)
    dial.jump(START)
    assert dial.now() >= START + timedelta(days=7)


def test_time_can_pass_faster(tmp_path: Path) -> None:
    fast = Dial.create(tmp_path / "clock", start=START, speed=1_000_000)
    first = fast.now()
    while fast.now() < first + timedelta(days=1):  # a day passes in less than a tenth of a second
        pass


def test_all_processes_follow_the_same_dial(dial: Dial, tmp_path: Path) -> None:
    dial.jump(START + timedelta(days=30))
    program = (
        "import sys; from pathlib import Path; from aipromote import clock; clock.use(Path(sys.argv[1])); "
        "print(clock.now().isoformat())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "clock")], capture_output=True, text=True, check=True
    ).stdout
    assert START + timedelta(days=30) <= datetime.fromisoformat(told.strip()) < START + timedelta(days=31)


def test_without_a_dial_it_is_the_computers_time() -> None:
    clock.use(None)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert not clock.is_simulated()
