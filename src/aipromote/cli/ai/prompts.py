"""`aipromote ai prompts`: what models are asked with."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from aipromote.ai import prompting


def run() -> None:
    """Print a table of all versions; the newest of each is in use."""
    table = Table("prompt", "version", "purpose", "about")
    for prompt in prompting.prompts():
        in_use = prompt == prompting.load(prompt.name)
        table.add_row(prompt.name, f"{prompt.version}{' (in use)' if in_use else ''}", prompt.purpose, prompt.about)
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Their files are in {prompting.FOLDER}.", soft_wrap=True)
