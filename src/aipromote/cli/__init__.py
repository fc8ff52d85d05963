"""The commands. Each parses its arguments, calls one verb or one query, and prints what a person wants to know."""

from __future__ import annotations

import sys

from aipromote.cli.root import app
from aipromote.errors import AipromoteError

EXIT_REFUSED = 1


def main() -> None:
    """The entry of `aipromote`. What the product refuses is one clear message, never a traceback."""
    try:
        app()
    except AipromoteError as error:
        sys.stderr.write(f"aipromote: {error.message}\n")
        sys.exit(EXIT_REFUSED)
