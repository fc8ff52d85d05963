"""The tree of `aipromote db …`. Each command imports its module when it is called, so that `--help` answers at once."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="The database: migrations, sample data, checks.", no_args_is_help=True)


@app.command()
def migrate(*, data: Data = None) -> None:
    """Apply the migrations that are pending."""
    from aipromote.cli.db import schema

    schema.migrate(data=data)


@app.command()
def status(*, data: Data = None, as_json: AsJson = False) -> None:
    """Which migrations are applied, and whether the server answers."""
    from aipromote.cli.db import schema

    schema.status(data=data, as_json=as_json)


@app.command()
def check(*, data: Data = None) -> None:
    """Compare the live catalog with the models, and the guards of tenancy. Exits 1 if they differ."""
    from aipromote.cli.db import schema

    raise typer.Exit(schema.check(data=data))


@app.command()
def seed(
    *,
    data: Data = None,
    scale: Annotated[int, typer.Option(min=0, help="Make so many startups for load tests instead.")] = 0,
    posts: Annotated[int | None, typer.Option(min=1, help="With --scale: posts in all. Default: 200 each.")] = None,
    snapshots: Annotated[int | None, typer.Option(min=0, help="With --scale: snapshots in all, about.")] = None,
) -> None:
    """Fill every table with sample data. Doing it again changes nothing."""
    from aipromote.cli.db import planting

    if scale:
        planting.seed_at_scale(data=data, organizations=scale, posts=posts, snapshots=snapshots)
    else:
        planting.seed(data=data)


@app.command()
def lint() -> None:
    """Refuse migrations that block people or break the release before. Needs no server. Exits 1 on a finding."""
    from aipromote.cli.db import linting

    raise typer.Exit(linting.lint())
