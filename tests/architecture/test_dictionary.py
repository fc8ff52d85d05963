"""The data dictionary and its diagram say what the live catalog says."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import asyncpg
import pytest

from aipromote.cli.db.dictionary import PICTURES, documents
from aipromote.db.dictionary import catalog, meanings
from aipromote.db.dictionary.boxes import boxes
from aipromote.db.dictionary.layout import Layout, lay_out
from aipromote.db.dictionary.pages import STAMPS
from aipromote.db.dictionary.rooms import Schema, schema
from aipromote.schema import MOVES, ROOMS

DOCS = Path(__file__).parents[2] / "docs"
HOW = "run `aipromote db describe` and commit what it writes into docs/"


@pytest.fixture
async def live(owner: asyncpg.Connection) -> catalog.Catalog:
    return await catalog.read(owner)


@pytest.fixture
def code() -> Schema:
    return schema(ROOMS, MOVES)


@pytest.fixture
def layout(live: catalog.Catalog, code: Schema) -> Layout:
    return lay_out([(room.name, room.tables) for room in code.rooms], boxes(live))


async def test_the_documents_are_those_that_the_catalog_makes(live: catalog.Catalog) -> None:
    for name, text in documents(live).items():
        assert (DOCS / name).exists(), f"docs/{name} is missing: {HOW}"
        assert (DOCS / name).read_text("utf-8") == text, f"docs/{name} is out of date: {HOW}"


async def test_the_same_schema_is_described_the_same_again(live: catalog.Catalog, owner: asyncpg.Connection) -> None:
    assert documents(live) == documents(await catalog.read(owner))


async def test_every_table_has_a_room_and_a_purpose(live: catalog.Catalog, code: Schema) -> None:
    for table in live.tables:
        assert code.room_of(table), table
        assert code.purposes[table].endswith("."), table


async def test_every_index_trigger_and_door_is_explained_and_nothing_that_is_gone(live: catalog.Catalog) -> None:
    assert list(meanings.missing(live)) == [], "explain them in src/aipromote/db/dictionary/meanings.toml"
    assert list(meanings.stale(live)) == [], "take them out of src/aipromote/db/dictionary/meanings.toml"


async def test_pictures_are_wellformed_and_name_every_table(live: catalog.Catalog) -> None:
    made = documents(live)
    for name in PICTURES:
        root = ET.fromstring(made[name])
        words = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
        assert set(live.tables) <= words


async def test_no_table_stands_on_another_and_lines_cross_none(layout: Layout) -> None:
    placed = list(layout.placed.values())
    for one in placed:
        for other in placed:
            apart = one.top + one.height < other.top or other.top + other.height < one.top
            assert one is other or one.lane != other.lane or apart, (one.box.name, other.box.name)
    for line in layout.lines:
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            for one in placed:
                beside = max(x1, x2) <= one.left or min(x1, x2) >= one.left + one.width
                above = max(y1, y2) <= one.top or min(y1, y2) >= one.top + one.height
                assert beside or above, (line.target, one.box.name)


async def test_every_relation_is_in_the_page(live: catalog.Catalog) -> None:
    page = documents(live)["data-model.md"]
    for table in live.tables.values():
        part = page.split(f"### {table.name}\n", 1)[1].split("\n### ", 1)[0]
        for key in table.foreign_keys:
            assert key.is_tenancy or f"→ [{key.target}](#{key.target})" in part, key.name
        for column in table.columns:
            assert column.name in STAMPS or f"| `{column.name}` |" in part, (table.name, column.name)
