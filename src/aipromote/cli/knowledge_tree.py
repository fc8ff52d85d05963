"""`aipromote knowledge …`: what is known. Modules of commands are imported when they are called."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data, Which

app = typer.Typer(help="What an organization knows: brief, facts, files, posts.", no_args_is_help=True)


@app.command("search")
def search_knowledge(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="A question, or a few words.")],
    *,
    organization: Which = None,
    limit: Annotated[int, typer.Option(help="How many passages at most.", min=1, max=50)] = 10,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What an organization knows about some words: each passage with its source, and of posts how they did."""
    from aipromote.cli import knowledge

    knowledge.search(words, organization=organization, limit=limit, data=data, as_json=as_json)


@app.command("status")
def status_of_knowledge(*, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """Whether passages are found by meaning, and how many texts of an organization have their vectors."""
    from aipromote.cli import knowledge

    raise typer.Exit(knowledge.status(organization=organization, data=data, as_json=as_json))
