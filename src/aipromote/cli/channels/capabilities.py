"""`aipromote connectors list`: what networks can do. Asks nobody."""

from __future__ import annotations

import json
import sys

from rich.console import Console
from rich.table import Table

from aipromote.connectors import registry
from aipromote.connectors.describing import abilities, figures, reported, way


def show(*, as_json: bool) -> None:
    """A table for people, or all figures for programs."""
    all_of_them = [*registry.own(), registry.get("sandbox")]
    if as_json:
        sys.stdout.write(json.dumps([figures(one) for one in all_of_them]) + "\n")
        return
    table = Table("network", "name", "connected by", "can post", "reports")
    for one in all_of_them:
        can = one.capabilities(one.platform)
        posts = ", ".join(abilities(can, one.limits(one.platform)))
        table.add_row(one.platform.label, one.name, way(one), posts, ", ".join(reported(can)) or "nothing")
    Console(highlight=False).print(table)
