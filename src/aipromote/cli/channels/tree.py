"""The commands for accounts on networks."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import AsJson, Data

app = typer.Typer(help="Accounts on networks: connect, check, disconnect.", no_args_is_help=True)
connectors_app = typer.Typer(help="What networks can do.", no_args_is_help=True)

Which = Annotated[
    str | None, typer.Option("--organization", metavar="NAME", help="Its name or id, where there are more.")
]
Person = Annotated[str, typer.Option("--person", metavar="EMAIL", help="In whose name.")]
AccountId = Annotated[str, typer.Argument(metavar="ID", help="As `aipromote channels list` shows it.")]


@app.command("list")
def list_(*, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """All accounts: how they stand, until when, and what to do."""
    from aipromote.cli.channels import standing

    standing.show(organization=organization, data=data, as_json=as_json)


@app.command()
def check(account: AccountId, *, organization: Which = None, data: Data = None, as_json: AsJson = False) -> None:
    """Ask the network now whether it lets the account in. Exits 1 when it does not."""
    from aipromote.cli.channels import standing

    raise typer.Exit(standing.check(account, organization=organization, data=data, as_json=as_json))


@app.command()
def disconnect(account: AccountId, *, organization: Which = None, data: Data = None) -> None:
    """Erase the account's tokens and tell the network. Its posts and numbers stay."""
    from aipromote.cli.channels import standing

    standing.disconnect(account, organization=organization, data=data)


@app.command()
def connect(
    connector: Annotated[str, typer.Argument(metavar="NETWORK", help="As `aipromote connectors list` names it.")],
    *,
    person: Person,
    server: Annotated[str, typer.Option(metavar="ADDRESS", help="Where the account lives, if people choose.")] = "",
    answer: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="What is asked for, unless it is secret; again for more."),
    ] = None,
    platform: Annotated[str | None, typer.Option(help="What an account of the sandbox stands in for.")] = None,
    organization: Which = None,
    data: Data = None,
) -> None:
    """Connect an account. Passwords and keys are asked for, or read from standard input, a line each.

    Where the network has a consent page its address is printed: open it in a browser that is signed in here, or paste
    the address that you are sent back to.
    """
    from aipromote.cli.channels import connecting

    connecting.run(
        connector,
        person=person,
        server=server,
        set_apart=answer or [],
        platform=platform,
        organization=organization,
        data=data,
    )


@connectors_app.command("list")
def list_connectors(*, as_json: AsJson = False) -> None:
    """Every network: how it is connected, what can be posted, and what it reports."""
    from aipromote.cli.channels import capabilities

    capabilities.show(as_json=as_json)
