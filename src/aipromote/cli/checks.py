"""`aipromote test`: every check that a change has to pass, in the order in which failures are cheapest to find."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from aipromote.errors import SetupError

_ROOT = Path(__file__).parents[3]
_TOOLS = Path(sys.executable).parent
_TREES = ("src", "tests", "bench")

STEPS: tuple[tuple[str, list[str]], ...] = (
    ("style", ["ruff", "check", *_TREES]),
    ("format", ["ruff", "format", "--check", "--quiet", *_TREES]),
    ("import order of the rooms", ["lint-imports"]),
    ("types", ["mypy"]),
)


def run(arguments: Sequence[str]) -> int:
    """Run them all; returns 0 when every one passed. With arguments only pytest runs, with those."""
    if not (_ROOT / "tests").is_dir():
        raise SetupError("The tests are not part of an installed package. Run `./aipromote test` in a checkout.")
    console = Console()
    failed = [] if arguments else [name for name, command in STEPS if not _passes(console, name, command)]
    tests = ["pytest", *(arguments or ["-n", "2"])]
    if subprocess.run([_TOOLS / tests[0], *tests[1:]], cwd=_ROOT, check=False).returncode:  # noqa: S603 -- our own tools
        failed.append("tests")
    if failed:
        console.print(f"[red]Failed:[/red] {', '.join(failed)}")
    return 1 if failed else 0


def _passes(console: Console, name: str, command: list[str]) -> bool:
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603 -- our own tools
        [_TOOLS / command[0], *command[1:]], cwd=_ROOT, check=False, capture_output=True, text=True
    )
    passed = done.returncode == 0
    mark = "[green]passed[/green]" if passed else "[red]failed[/red]"
    console.print(f"{name}: {mark} in {time.monotonic() - begun:.1f} s")
    if not passed:
        console.print(done.stdout + done.stderr, markup=False, highlight=False)
    return passed
