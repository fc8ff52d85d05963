"""`aipromote db lint`."""

from __future__ import annotations

from rich.console import Console

from aipromote.db.linter import FROZEN
from aipromote.db.linter import lint as findings


def lint() -> int:
    """Print every finding; returns 1 when there is one."""
    console = Console(highlight=False)
    found = findings()
    for finding in found:
        console.print(f"{finding}\n", markup=False, soft_wrap=True)
    if found:
        console.print(f"{len(found)} unsafe statements. What is right nevertheless is excused above it, with a reason:")
        console.print("# unsafe <rule>: <reason>", markup=False)
    else:
        console.print(f"Every migration after {FROZEN} is safe to apply while people work.")
    return 1 if found else 0
