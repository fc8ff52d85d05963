"""Which room owns which table, what the table is for, and which shapes its columns have, as the models say."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_args

from sqlalchemy.orm import Mapper

from aipromote.db.base import Base
from aipromote.db.types import Document, Limited


@dataclass(frozen=True)
class Room:
    """A room that owns tables. `purpose` is the docstring of its models."""

    name: str
    purpose: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Schema:
    """What the code knows of the schema."""

    rooms: tuple[Room, ...]
    purposes: Mapping[str, str]
    """By table: the docstring of its model, one line for each paragraph."""
    shapes: Mapping[tuple[str, str], str]
    """By table and column: `≤ 200 characters`, or the document's shape."""
    moves: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By table: the moves of its status."""

    def room_of(self, table: str) -> str:
        """The room's name; empty for a table that no model knows."""
        return next((room.name for room in self.rooms if table in room.tables), "")


def schema(modules: Iterable[ModuleType], moves: Mapping[str, Mapping[Any, Iterable[Any]]]) -> Schema:
    """From the modules of models, in the order in which rooms are to be shown."""
    mappers: list[Mapper[Any]] = sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table))
    rooms = tuple(_room(module, mappers) for module in modules)
    shapes = {
        (str(mapper.local_table), column.name): shape
        for mapper in mappers
        for column in mapper.local_table.columns
        if (shape := _shape(column.type))
    }
    plain = {
        table: {str(before): tuple(sorted(map(str, after))) for before, after in rows.items()}
        for table, rows in moves.items()
    }
    purposes = {str(mapper.local_table): _text(mapper.class_) for mapper in mappers}
    return Schema(rooms, purposes, shapes, plain)


def _room(module: ModuleType, mappers: Iterable[Mapper[Any]]) -> Room:
    name = module.__name__.removeprefix("aipromote.").removesuffix(".models")
    prefix = module.__name__.removesuffix(".models") + "."
    mine = [mapper for mapper in mappers if mapper.class_.__module__.startswith(prefix)]
    # In the order of the source, which begins with what matters most.
    mine.sort(key=lambda mapper: (mapper.class_.__module__, inspect.getsourcelines(mapper.class_)[1]))
    return Room(name, _text(module), tuple(str(mapper.local_table) for mapper in mine))


def _text(documented: object) -> str:
    paragraphs = (inspect.getdoc(documented) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _shape(kind: object) -> str:
    if isinstance(kind, Limited):
        return f"≤ {kind.limit} characters"
    if not isinstance(kind, Document):
        return ""
    if kind.json_type == "array":
        return f"list of `{get_args(kind.shape)[0].__name__}`"
    return f"`{getattr(kind.shape, '__name__', 'object')}`" if isinstance(kind.shape, type) else "`object`"
