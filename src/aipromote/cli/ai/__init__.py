"""The tree of `aipromote ai …`. Each command imports its module when it is called, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aipromote.cli.options import AsJson

app = typer.Typer(help="Language models: which are set up, whether they answer, what they cost.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Language models: which are set up, whether they answer, what they cost."""


@app.command("evaluate")
def evaluate_(
    *,
    days: Annotated[int, typer.Option(help="How many days of the plan to write posts for.", min=1, max=90)] = 14,
    brief: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this brief of the set; may be given several times.")
    ] = None,
    posts: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the posts here, to be read.")] = None,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown, without times.")] = False,
) -> None:
    """Have the writer write for a set of different briefs, and count what can be counted. Exits 1 where it failed."""
    from aipromote.cli.ai import evaluate

    raise typer.Exit(evaluate.run(days=days, names=brief or [], posts=posts, as_json=as_json, markdown=markdown))
