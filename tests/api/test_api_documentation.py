"""The examples of the documentation do what it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import seeds
from program import key_of
from web_server import Site

import aipromote
from aipromote.api import routes
from aipromote.api.calls import PREFIX
from aipromote.db.database import Database
from aipromote.organizations.states import Role

PAGE = Path(aipromote.__file__).parents[2] / "docs" / "api.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```(?:\s*```json\n(.*?)```)?", PAGE.read_text(), re.DOTALL)


def _shape(value: Any) -> Any:
    """The names in a document; of a list the first member."""
    if isinstance(value, dict):
        return {name: _shape(part) for name, part in value.items() if name not in {"after", "gains"}}
    return [_shape(part) for part in value[:1]] if isinstance(value, list) and value else None


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are for curl, which is not installed here")
async def test_every_example_of_the_api_answers_as_shown(site: Site, database: Database) -> None:
    seeded = await seeds.startup(database)
    key = await key_of(database, seeded.startup, role=Role.ADMIN)
    environment = os.environ | {"AIPROMOTE_URL": site.address, "AIPROMOTE_KEY": key}
    assert len(EXAMPLES) >= 7
    for command, shown in EXAMPLES:
        running = await asyncio.create_subprocess_exec(
            "sh", "-c", command, env=environment, stdout=asyncio.subprocess.PIPE
        )
        answer = json.loads((await running.communicate())[0])
        assert running.returncode == 0, command
        assert ("error" in answer) == ("made-up" in command), answer
        if shown and "metrics" not in command:
            assert _shape(answer) == _shape(json.loads(shown)), command


def test_every_resource_is_explained() -> None:
    page = PAGE.read_text()
    paths = [route.path for module in routes.RESOURCES for route in module.router.routes]
    assert len(paths) >= 6
    for path in paths:
        assert PREFIX + re.sub(r"{\w+_id}", "{id}", path) in page, path
