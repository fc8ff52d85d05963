"""Column types: text with a limit, JSON with a shape, enums by value."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal, get_origin

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

KNOWN_ZONE = "time_zone IS NULL OR timezone(time_zone, TIMESTAMP '2000-01-01 00:00:00') IS NOT NULL"
"""A CHECK that PostgreSQL knows the zone (it raises for others): doors compute with the zones of all organizations at
once, and one that is unknown would close them for everybody."""


class Limited(sa.types.TypeDecorator[str]):
    """`text` whose length, in characters, a CHECK keeps within `limit`."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


class Document(sa.types.TypeDecorator[Any]):
    """`jsonb` that holds one documented shape; validated on the way in and on the way out."""

    impl = JSONB
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__(none_as_null=True)
        self.shape = shape
        self.json_type: Literal["array", "object"] = "array" if get_origin(shape) in {list, tuple} else "object"
        self._adapter: TypeAdapter[Any] | None = None

    @property
    def adapter(self) -> TypeAdapter[Any]:
        """The validator, built when first needed (building all at import costs start time)."""
        if self._adapter is None:
            self._adapter = TypeAdapter(self.shape)
        return self._adapter

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002 -- SQLAlchemy's signature
        """To JSON, through the shape: what does not fit never reaches the database."""
        if value is None:
            return None
        return self.adapter.dump_python(self.adapter.validate_python(value), mode="json", by_alias=True)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002 -- SQLAlchemy's signature
        """From JSON, through the shape."""
        return None if value is None else self.adapter.validate_python(value)


def enum_of(kind: type[Enum], name: str) -> sa.Enum:
    """A native enum type that stores the members' values."""
    return sa.Enum(kind, name=name, values_callable=lambda members: [m.value for m in members])


def words() -> ARRAY[str]:
    """`text[]`."""
    return ARRAY(sa.Text())
