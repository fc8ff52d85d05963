"""The database's benchmark, at a size at which its times say nothing: it still asks what the product asks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "db" / "run.py"


def test_the_database_bench_runs_and_compares_both_sides(owner_url_base: str, tmp_path: Path) -> None:
    sizes = ["--small", "240", "--large", "480", "--snapshots", "480", "--once"]
    command = [sys.executable, str(BENCH), "--server", owner_url_base, "--data", str(tmp_path), "--json", *sizes]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads(done.stdout[done.stdout.index("{") :])
    assert facts["rows"]["small"]["scheduled_posts"] == 240
    assert facts["rows"]["large"]["scheduled_posts"] == 480
    assert len(facts["cases"]) > 15
    assert all(case["base_ms"] > 0 and case["over_ms"] > 0 for case in facts["cases"])
    assert all(case["verdict"] in {"ok", "MISSED"} for case in facts["cases"] if case["goal"])
