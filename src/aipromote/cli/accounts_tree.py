"""`aipromote accounts …`: people of this instance. Modules of commands are imported when they are called."""

from __future__ import annotations

from typing import Annotated

import typer

from aipromote.cli.options import Data

app = typer.Typer(help="People of this instance.", no_args_is_help=True)


@app.callback()
def people() -> None:
    """People of this instance."""


@app.command("reset-factors")
def reset_factors(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose.")],
    *,
    data: Data = None,
) -> None:
    """Take app, passkeys and recovery codes off an account whose owner has lost them. The password stays."""
    from aipromote.cli import accounts

    accounts.reset_factors(email, data=data)
