"""The whole loop, from a brief to the count of what the sandbox network received."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
from product import COMMAND, EXAMPLES, clean_environment, data_folder, facts, run, until

DATA = Path(__file__).parents[1] / "data"


def outcome_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def assert_clean(outcome: dict[str, Any]) -> None:
    assert outcome["failed"] == outcome["missed"] == outcome["lost"] == outcome["duplicates"] == 0, outcome
    assert outcome["published"] == outcome["scheduled"] > 0, outcome
    assert outcome["pieces"] >= outcome["scheduled"]
    assert outcome["received"] >= outcome["published"]


def test_two_weeks_of_an_example_end_with_every_post_there_exactly_once() -> None:
    outcome = outcome_of(run("demo", "--json", "--brief", str(EXAMPLES / "krumenpost.yaml")))
    assert_clean(outcome)
    assert outcome["weekly_summaries"] == 2
    assert outcome["metric_rows"] >= 2 * outcome["published"]


def test_a_brief_in_another_language_with_every_optional_field_left_out_runs_too() -> None:
    outcome = outcome_of(run("demo", "--json", "--days", "7", "--brief", str(DATA / "minimal-ja.yaml")))
    assert_clean(outcome)
    assert outcome["weekly_summaries"] == 1


def test_a_killed_worker_and_an_emptied_redis_change_nothing_in_the_result() -> None:
    with data_folder() as home:
        process = subprocess.Popen(
            [COMMAND, "demo", "--json", "--days", "3", "--data", str(home)],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            for _ in range(2):
                worker = until(lambda: _worker_at_work(home), "worker that has published something")
                os.kill(worker, signal.SIGKILL)
                redis.Redis.from_url(facts(home)["redis_url"]).flushall()
                until(lambda killed=worker: _another(home, killed), "worker after the killed one")
            told, complaints = process.communicate(timeout=240)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        assert process.returncode == 0, told + complaints
        assert_clean(json.loads(told.strip().splitlines()[-1]))


def test_a_simulation_that_was_killed_goes_on_where_it_stood() -> None:
    with data_folder() as home:
        command = [COMMAND, "demo", "--json", "--days", "3", "--data", str(home)]
        first = subprocess.Popen(
            command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
        until(lambda: _worker_at_work(home), "worker that has published something")
        first.kill()
        first.wait()
        assert_clean(outcome_of(run(*command[1:])))


def _worker_at_work(home: Path) -> int | None:
    """The worker's process id, once simulated days are passing."""
    journal = home / "simulation.json"
    if not journal.exists():
        return None
    noted = json.loads(journal.read_text())
    return _worker(home) if noted["at"] > noted["start"] else None


def _worker(home: Path) -> int | None:
    processes = (facts(home) or {}).get("processes", {})
    found = processes.get("worker")
    return found if isinstance(found, int) or found is None else found["pid"]


def _another(home: Path, killed: int) -> int | None:
    worker = _worker(home)
    return worker if worker not in {None, killed} else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: [", "1"),
        ("name: Acme\ndescription: Makes things.\nstage: huge\n", ":3: stage"),
        ("name: Acme\ndescription: Makes things.\nplatfroms: [x]\n", "platfroms"),
    ],
)
def test_a_brief_with_a_mistake_names_line_and_field_and_leaves_nothing(
    tmp_path: Path, text: str, expected: str
) -> None:
    brief = tmp_path / "brief.yaml"
    brief.write_text(text)
    done = run("demo", "--brief", str(brief), "--data", str(tmp_path / "home"))
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()
