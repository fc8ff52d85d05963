"""How a column is shown: secrets masked, documents as JSON, lists as text, everything else as the library does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import ColumnProperty, Mapper
from starlette.requests import Request
from starlette_admin import BaseField, FloatField, JSONField, StringField
from starlette_admin.contrib.sqla.converters import ModelConverter

from aipromote.db.types import Document

MASK = "•••••• (not shown)"
_SECRET_TEXTS = frozenset({"password_hash"})
_KEPT_BY_THE_DATABASE = frozenset({"created_at", "updated_at"})


@dataclass
class Masked(StringField):
    """A secret, or the hash of one: its column is not even read."""

    read_only: bool | None = True
    searchable: bool | None = False
    orderable: bool | None = False

    async def parse_obj(self, request: Request, obj: Any) -> str:  # noqa: ARG002 -- the library's signature
        """The same for every row, whether it holds a secret or not."""
        return MASK


@dataclass
class Shaped(JSONField):
    """A JSON document, as it is stored."""

    read_only: bool | None = True
    searchable: bool | None = False
    orderable: bool | None = False

    kind: Document | None = None

    async def parse_obj(self, request: Request, obj: Any) -> Any:  # noqa: ARG002 -- the library's signature
        """Plain JSON of the typed value."""
        value = getattr(obj, self.name)
        return value if value is None or self.kind is None else self.kind.adapter.dump_python(value, mode="json")


@dataclass
class Listed(StringField):
    """A text[] in one line."""

    read_only: bool | None = True
    searchable: bool | None = False
    orderable: bool | None = False

    async def parse_obj(self, request: Request, obj: Any) -> str:  # noqa: ARG002 -- the library's signature
        """The entries, separated by commas."""
        return ", ".join(str(each) for each in getattr(obj, self.name) or ())


def is_secret(attribute: ColumnProperty[Any]) -> bool:
    """Sealed values, keyed hashes and passwords: all bytes, and the one text among them."""
    column = attribute.columns[0]
    return isinstance(column.type, LargeBinary) or column.name in _SECRET_TEXTS


def fields_of(mapper: Mapper[Any]) -> list[BaseField]:
    """One field per column, keys first."""
    shown = [each for each in mapper.column_attrs if not isinstance(each.columns[0].type, TSVECTOR)]
    return [_field(mapper, attribute) for attribute in shown]


def loaded_of(mapper: Mapper[Any]) -> list[str]:
    """The attributes that a query may load: all but secrets and what only searches look in."""
    return [each.key for each in mapper.column_attrs if not is_secret(each) and not _only_for_search(each)]


def _only_for_search(attribute: ColumnProperty[Any]) -> bool:
    return isinstance(attribute.columns[0].type, TSVECTOR)


def _field(mapper: Mapper[Any], attribute: ColumnProperty[Any]) -> BaseField:
    column = attribute.columns[0]
    if is_secret(attribute):
        return Masked(attribute.key, label=column.name, filters=[])
    if isinstance(column.type, Document):
        return Shaped(attribute.key, kind=column.type, label=column.name, filters=[])
    if isinstance(column.type, ARRAY):
        return Listed(attribute.key, label=column.name, filters=[])
    if isinstance(column.type, Float):
        return FloatField(attribute.key, label=column.name)
    converted = ModelConverter().convert_fields_list(
        fields=[attribute.key], model=mapper.class_, mapper=mapper, explicit_fields=True
    )
    field: BaseField = converted[0]
    field.label = column.name
    field.read_only = column.primary_key or column.name in _KEPT_BY_THE_DATABASE or column.name == "organization_id"
    return field
