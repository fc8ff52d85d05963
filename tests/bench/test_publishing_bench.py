"""The publishing benchmark, at a size at which its speeds say nothing: everybody still sends every post once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "publishing" / "run.py"
SIZES = ["--posts", "40", "--organizations", "5", "--lateness-posts", "20", "--latency-ms", "1", "--workers", "1"]


def rows(facts: dict, *variants: str) -> list[dict]:
    found = [row for row in facts["throughput"] if row["variant"] in variants]
    assert all((row["lost"], row["twice"]) == (0, 0) for row in found)
    assert all(row["posts_per_second"] > 0 and row["worker_cpu_per_1000"] > 0 for row in found)
    return found


def test_the_publishing_bench_measures_the_product_s_own_worker_and_the_node_stack_beside_it() -> None:
    command = [sys.executable, str(BENCH), "--json", "--rounds", "1", "--no-fsync", *SIZES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads(done.stdout)
    assert len(rows(facts, "ours")) == 1
    assert all((late["lost"], late["twice"]) == (0, 0) for rounds in facts["lateness"].values() for late in rounds)
    [late] = facts["lateness"]["ours"]
    assert 0 < late["p50"] <= late["p99"]
    assert any("peak memory" in verdict["what"] for verdict in facts["verdicts"])
    if facts["without_node"]:
        pytest.skip(f"Only the Node variants did not run: {facts['without_node']}.")
    assert len(rows(facts, "prisma", "plain", "batched")) == 3
    assert all(row["times_prisma"] > 0 for row in rows(facts, "ours", "prisma"))
    assert set(facts["lateness"]) == {"ours", "prisma"}
