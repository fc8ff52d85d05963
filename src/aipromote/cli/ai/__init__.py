"""The tree of `aipromote ai …`. Each command imports its module when it is called, so that `--help` answers at once."""

from __future__ import annotations

import typer

app = typer.Typer(help="Language models: which are set up, whether they answer, what they cost.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Language models: which are set up, whether they answer, what they cost."""
