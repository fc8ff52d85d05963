"""The tree of `aipromote ai …`. Each command imports its module when it is called, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(
    help="Language models: whether they answer, how well they write, what they cost.", no_args_is_help=True
)

Organization = Annotated[str | None, typer.Option(metavar="NAME", help="Its name or id (default: all).")]


@app.callback()
def main() -> None:
    """Language models: whether they answer, how well they write, what they cost."""


@app.command("evaluate")
def evaluate_(
    *,
    days: Annotated[int, typer.Option(help="How many days of the plan to write posts for.", min=1, max=90)] = 14,
    brief: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this brief of the set; may be given several times.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROVIDER:NAME", help="Have this model write (default: offline); may be given several times."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask models without asking you first.")] = False,
    posts: Annotated[Path | None, typer.Option(metavar="DIR", help="Also write the posts here, to be read.")] = None,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown, without times.")] = False,
) -> None:
    """Have a writer write for a set of different briefs, and count what can be counted. Exits 1 where it failed.

    A model costs what its provider takes; before it is asked, you are told how much that can be, and asked.
    """
    from aipromote.cli.ai import evaluate

    form: evaluate.Form = "json" if as_json else "markdown" if markdown else "table"
    raise typer.Exit(evaluate.run(model or [], days=days, names=brief or [], posts=posts, form=form, is_agreed=yes))


@app.command("check")
def check_(
    *,
    organization: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose budget pays (default: the only one, or nobody's).")
    ] = None,
    data: Data = None,
) -> None:
    """Ask each model that is set up something tiny, and say whether it works. Exits 1 when one does not."""
    from aipromote.cli.ai import check

    raise typer.Exit(check.run(organization, data=data))


@app.command("usage")
def usage_(
    *,
    organization: Organization = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Default: this one (UTC).")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Show the calls of a month by purpose and model: how many, what became of them, tokens, cost."""
    from aipromote.cli.ai import usage

    usage.run(organization, month=month, data=data, as_json=as_json)


@app.command("budget")
def budget_(
    cents: Annotated[str, typer.Argument(metavar="CENTS", help="US cents a month, or `default`.")],
    *,
    organization: Annotated[str, typer.Option(metavar="NAME", help="Its name or id.")],
    data: Data = None,
) -> None:
    """Choose what models may cost an organization in a month."""
    from aipromote.cli.ai import budget

    budget.run(cents, organization, data=data)


@app.command("prompts")
def prompts_() -> None:
    """List the prompts with their versions."""
    from aipromote.cli.ai import prompts

    prompts.run()
