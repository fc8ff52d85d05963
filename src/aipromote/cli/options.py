"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The one folder with all data.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
Which = Annotated[
    str | None, typer.Option("--organization", metavar="NAME", help="Its name or id, where there are more.")
]
