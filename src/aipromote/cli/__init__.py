"""The commands. Each parses its arguments, calls one verb or one query, and prints what a person wants to know."""

from __future__ import annotations

import sys

from aipromote.cli import faults
from aipromote.cli.root import app
from aipromote.errors import AipromoteError

EXIT_REFUSED = 1


def main() -> None:
    """The entry of `aipromote`. What the product or a server refuses is one clear message, never a traceback."""
    try:
        app()
    except Exception as error:
        message = error.message if isinstance(error, AipromoteError) else faults.told(error)
        if message is None:
            raise
        sys.stderr.write(f"aipromote: {message}\n")
        sys.exit(EXIT_REFUSED)
