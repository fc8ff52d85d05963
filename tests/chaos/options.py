"""Options for the long form, and the tables at the end of a test run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("chaos", "the long form of tests/chaos; without --chaos-posts the short one runs")
    group.addoption("--chaos-posts", type=int, default=None, help="how many posts to publish while everything breaks")
    group.addoption("--chaos-faults", type=int, default=100, help="how many faults (100)")
    group.addoption("--chaos-seed", type=int, default=None, help="which posts, faults and moments; drawn if not given")
    group.addoption("--chaos-rate", type=float, default=20.0, help="posts that come due in a second (20)")
    group.addoption("--posts-at-once", type=int, default=200, help="for publishing/test_nothing_stays_open (200)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of each run, also of those that passed, whichever process it ran in."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if name == "chaos" and report.when == "call":
                terminalreporter.section(report.nodeid.rpartition("::")[2])
                terminalreporter.write_line(str(value))
