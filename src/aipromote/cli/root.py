"""The tree of commands. Modules of commands are imported when they are called, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aipromote.cli import accounts_tree, facts_tree, keys_tree, knowledge_tree, posts_tree
from aipromote.cli.ai import app as ai_app
from aipromote.cli.briefs import tree as brief_tree
from aipromote.cli.channels import tree as channels_tree
from aipromote.cli.content import app as content_app
from aipromote.cli.db import tree as db_tree
from aipromote.cli.feeds import tree as feeds_tree
from aipromote.cli.options import AsJson, Data, Which
from aipromote.cli.queues import tree as queues_tree
from aipromote.cli.series import tree as series_tree
from aipromote.cli.strategy import tree as strategy_tree

app = typer.Typer(
    help="AIPromote: a founder describes the startup once; it plans, writes, checks, publishes, measures and advises.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(accounts_tree.app, name="accounts")
app.add_typer(ai_app, name="ai")
app.add_typer(brief_tree.app, name="brief")
app.add_typer(channels_tree.app, name="channels")
app.add_typer(channels_tree.connectors_app, name="connectors")
app.add_typer(content_app, name="content")
app.add_typer(db_tree.app, name="db")
app.add_typer(queues_tree.app, name="queues")
app.add_typer(strategy_tree.app, name="strategy")
app.add_typer(feeds_tree.app, name="feeds")
app.add_typer(series_tree.app, name="series")
content_app.command("import-feed")(feeds_tree.import_feed)
app.add_typer(keys_tree.app, name="keys")
app.add_typer(posts_tree.app, name="posts")
app.add_typer(facts_tree.app, name="facts")
app.add_typer(knowledge_tree.app, name="knowledge")


@app.command()
def up(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Bring a sample startup through two simulated weeks.")] = False,
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="The web port (default 8400).", min=1, max=65535)] = None,
) -> None:
    """Start everything: servers, web, worker, sandbox network. Ctrl-C stops all of it."""
    from aipromote.cli.up import run

    run(demo=demo, data=data, port=port)


@app.command()
def demo(
    *,
    brief: Annotated[Path | None, typer.Option(metavar="FILE", help="A brief in YAML (default: an example).")] = None,
    days: Annotated[int, typer.Option(help="How many days to simulate.", min=1, max=85)] = 14,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole loop for some simulated days and count what came of it. Exits 0 only if nothing was lost."""
    from aipromote.cli.demo import run

    raise typer.Exit(run(brief=brief, days=days, data=data, as_json=as_json))


@app.command()
def assets() -> None:
    """Build the pages' scripts and styles if they are not current. `up` and `web` do so by themselves."""
    from aipromote.web import bundling

    bundling.ensure(typer.echo)
    typer.echo(f"The pages' scripts and styles are current, in {bundling.BUILT}")


@app.command()
def doctor(*, data: Data = None) -> None:
    """Look at this machine, the data folder and the servers, and say what is wrong and what to do."""
    from aipromote.cli.doctor import run

    raise typer.Exit(run(data=data))


@app.command("health")
def health_(*, data: Data = None, as_json: AsJson = False) -> None:
    """Look at everything that must work for posts to go out. Exits 1 when something is red."""
    from aipromote.cli import health

    raise typer.Exit(health.health(data=data, as_json=as_json))


@app.command()
def incidents(*, data: Data = None, as_json: AsJson = False) -> None:
    """What was wrong with the product itself, from when to when, and whether you were told."""
    from aipromote.cli import health

    health.incidents(data=data, as_json=as_json)


@app.command()
def web() -> None:
    """Run one web process, by the settings, on servers of your own."""
    from aipromote.cli import serving

    serving.web()


@app.command()
def worker() -> None:
    """Run one worker, by the settings, on servers of your own."""
    from aipromote.cli import serving

    serving.worker()


@app.command("link")
def link_(
    email: Annotated[
        str | None, typer.Argument(help="Whom to let in. Their e-mail counts as confirmed: you vouch for it.")
    ] = None,
    *,
    data: Data = None,
) -> None:
    """Print an address that makes the first account, or signs the administrator (or EMAIL) in once, within an hour."""
    from aipromote.cli import link

    link.show(email=email, data=data)


@app.command("settings")
def settings_(
    *, template: Annotated[bool, typer.Option("--template", help="Print the text of `.env.example`.")] = False
) -> None:
    """Print every setting: its value here, and what it means."""
    from aipromote.cli import environment

    environment.show(as_template=template)


@app.command()
def export(
    organization: str,
    *,
    to: Annotated[Path, typer.Option(metavar="DIR|FILE.zip", help="A new folder, or a new zip file.")],
    data: Data = None,
) -> None:
    """Write everything of one organization (its name or id) into files that people and programs can read."""
    from aipromote.cli import moving

    moving.export(organization, to=to, data=data)


@app.command("import")
def import_(
    file: Path,
    *,
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="Whose organization it becomes.")],
    data: Data = None,
) -> None:
    """Make a new organization of an export, a zip file or a folder. Nothing of it is published until you say so."""
    from aipromote.cli import moving

    moving.import_(file, owner=owner, data=data)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run every check of this checkout: style, types, import order, tests. Further arguments go to pytest."""
    from aipromote.cli.checks import run

    raise typer.Exit(run(context.args))


@app.command("check")
def check_text(
    text: Annotated[
        str, typer.Argument(metavar="TEXT|FILE|-", help="The text, a file with it, or - for standard input.")
    ],
    *,
    platform: Annotated[str, typer.Option(help="The network that it is for: linkedin, x, instagram, …")] = "linkedin",
    organization: Which = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check a text against an organization's rules and facts. Exits 1 when something blocks it."""
    from aipromote.cli import check

    raise typer.Exit(check.run(text, platform=platform, organization=organization, data=data, as_json=as_json))
