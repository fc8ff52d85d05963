"""`aipromote settings`: every setting, what it means, its default and its value here; also as a template for a file.

The meanings are the texts under the fields of `aipromote.settings.Settings`, read from its source: they stand in one
place, and `.env.example` is printed from them.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from aipromote import settings

_UNPREFIXED = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}
_HEAD = """\
# Every setting of AIPromote, with its default. All are optional for `./aipromote up`, which makes what is missing.
# Uncomment what you change. Secrets are better kept as files: see AIPROMOTE_SECRETS_DIR.
"""


@dataclass(frozen=True)
class Variable:
    """One setting. `default` is as it would be written, empty when there is none."""

    field: str
    name: str
    meaning: str
    default: str
    is_secret: bool


def variables() -> list[Variable]:
    """All settings, in the order of their declaration."""
    meanings = _meanings()
    found = []
    for field, info in settings.Settings.model_fields.items():
        default = info.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        found.append(
            Variable(
                field,
                _UNPREFIXED.get(field, f"AIPROMOTE_{field.upper()}"),
                meanings.get(field, ""),
                "" if default is None else str(default),
                "SecretStr" in str(info.annotation),
            )
        )
    return found


def template() -> str:
    """The text of `.env.example`."""
    blocks = [
        "\n".join([*(f"# {line}" for line in each.meaning.splitlines()), f"#{each.name}={each.default}"])
        for each in variables()
    ]
    return _HEAD + "\n" + "\n\n".join(blocks) + "\n"


def show(*, as_template: bool) -> None:
    """Print the settings of this process, secrets only as set or not; or the template."""
    if as_template:
        sys.stdout.write(template())
        return
    config = settings.get()
    table = Table("setting", "here", "meaning", box=None, pad_edge=False)
    for each in variables():
        table.add_row(each.name, _shown(each, getattr(config, each.field)), each.meaning.replace("\n", " "))
    Console(highlight=False, markup=False).print(table)


def _shown(variable: Variable, value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if variable.is_secret:
        return "(set)" if value else "(not set)"
    return str(value) if value not in {None, ""} else "(not set)"


def _meanings() -> dict[str, str]:
    """By field: the text that stands under it."""
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    found: dict[str, str] = {}
    for field, text in pairwise(body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning))):
                found[name] = cleandoc(meaning)
    return found
