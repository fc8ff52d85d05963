"""Many people click through pages and forms at once, against a web process as it is served: nothing breaks or is lost.

The walk is the benchmark's; here it is short, and nobody looks at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "web" / "people.py"
POOL = 4 + 12
"""Connections that a web process opens at most, by the settings."""


def test_what_many_people_are_told_is_done_is_done_once_and_nothing_breaks() -> None:
    command = [sys.executable, str(BENCH), "--json", "--people", "12", "--organizations", "4", "--requests", "300"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout, done.stderr[-3000:]
    facts = json.loads(done.stdout)
    assert facts["failures"] == []
    assert facts["lost"] == []
    assert done.returncode == 0
    assert facts["requests"] >= 300
    assert facts["writes"] > 60
    # One more is the connection of the process's own watch over the instance.
    assert 1 < facts["connections"] <= POOL + 1
