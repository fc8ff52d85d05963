"""The tree of `aipromote db …`. Each command imports its module when it is called, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

Docs = Annotated[Path, typer.Option("--docs", metavar="DIR", help="The folder to write into.")]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", metavar="FILE", help="Holds the passphrase of the backup.")
]

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
def health(*, data: Data = None, as_json: AsJson = False) -> None:
    """Answer time, connections, open transactions, schema, replica. Exits 1 when something needs a look."""
    from aipromote.cli.db import health as commands

    raise typer.Exit(commands.health(data=data, as_json=as_json))


@app.command()
def report(*, data: Data = None, as_json: AsJson = False) -> None:
    """Slow queries, indexes nobody uses, sizes and dead rows, cache hits, foreign keys without an index."""
    from aipromote.cli.db import reporting

    reporting.report(data=data, as_json=as_json)


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


@app.command()
def backup(
    *,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="The file, or a folder for it.")] = None,
    passphrase_file: PassphraseFile = None,
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Put the instance's keys in, too.")] = False,
    skip_missing_files: Annotated[
        bool, typer.Option("--skip-missing-files", help="Go on where an asset's file was lost.")
    ] = False,
    data: Data = None,
) -> None:
    """Put the database and all files into one sealed file, from one snapshot, while everything runs on."""
    from aipromote.cli.db import backup as backups

    backups.backup(
        to=to, passphrase_file=passphrase_file, with_keys=with_keys, skip_missing=skip_missing_files, data=data
    )


@app.command()
def restore(file: Path, *, passphrase_file: PassphraseFile = None, data: Data = None) -> None:
    """Restore a backup into an empty instance. Nothing is published there until a person lets it go on."""
    from aipromote.cli.db import backup as backups

    backups.restore(file, passphrase_file=passphrase_file, data=data)


@app.command()
def verify(file: Path, *, passphrase_file: PassphraseFile = None, data: Data = None) -> None:
    """Restore a backup into a database that is dropped again, and compare every row and file."""
    from aipromote.cli.db import backup as backups

    backups.verify(file, passphrase_file=passphrase_file, data=data)


@app.command()
def describe(*, data: Data = None, docs: Docs = Path("docs")) -> None:
    """Write the data dictionary and the diagram of the schema, from the live catalog."""
    from aipromote.cli.db import dictionary

    dictionary.describe(data=data, docs=docs)


@app.command()
def studio(*, data: Data = None) -> None:
    """Open every table in the browser: read-only, one organization at a time, for administrators."""
    from aipromote.cli.db import studio as looking

    looking.run(data=data)


@app.command()
def keys(*, data: Data = None, as_json: AsJson = False) -> None:
    """How many stored secrets each key seals. Exits 1 when one was sealed by a key that the ring does not have."""
    from aipromote.cli.db import rotation

    raise typer.Exit(rotation.keys(data=data, as_json=as_json))


@app.command("rotate-keys")
def rotate_keys(
    *,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make a new key first, and let it seal from now on.")
    ] = False,
    forget: Annotated[str | None, typer.Option(metavar="KEY", help="Take this key out when it seals nothing.")] = None,
    data: Data = None,
) -> None:
    """Seal every stored secret anew with the ring's first key, while everything runs. May be stopped and run again."""
    from aipromote.cli.db import rotation

    raise typer.Exit(rotation.rotate_keys(new_key=new_key, forget=forget, data=data))


@app.command()
def distribute(
    *,
    data: Data = None,
    show: Annotated[bool, typer.Option("--print", help="Only print the statements; asks no server.")] = False,
) -> None:
    """Spread the tables over several servers by organization, where PostgreSQL has Citus."""
    from aipromote.cli.db import distributing

    if show:
        distributing.show()
    else:
        distributing.apply(data=data)
