"""The tree of `aipromote brief`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="The brief: what a founder tells once about the startup.", no_args_is_help=True)
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write YAML here (never over a file).")]


@app.command()
def read(
    sources: Annotated[list[str], typer.Argument(metavar="URL|FILE…", help="A website's address, or documents.")],
    *,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Find what a website and documents say about a startup. Each value comes with the words it was found in."""
    from aipromote.cli.briefs.found import run

    run(sources, out=out, as_json=as_json)


@app.command()
def check(file: Path, *, as_json: AsJson = False) -> None:
    """Say every mistake in a brief with its line. Exits 1 when there is one."""
    from aipromote.cli.briefs import files

    raise typer.Exit(files.check(file, as_json=as_json))


@app.command()
def schema() -> None:
    """Print the shape of a brief as JSON Schema, for editors and programs."""
    from aipromote.cli.briefs import files

    files.schema()


@app.command()
def export(
    *,
    organization: Annotated[str, typer.Option(metavar="NAME", help="Its name or id.")],
    out: Out = None,
    data: Data = None,
) -> None:
    """Write the brief of an organization as YAML, as it could be handed in again."""
    from aipromote.cli.briefs import files

    files.export(organization, out=out, data=data)
