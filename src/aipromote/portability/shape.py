"""What of an organization travels, and in which form. Follows from the models; every exception is listed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Optional
from uuid import UUID

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    NaiveDatetime,
    StrictBool,
    StrictInt,
    TypeAdapter,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from aipromote import schema
from aipromote.db.types import Document, Limited

HEAD = "organizations"
"""The table of the organization itself: one row, without the tenant's column."""

LEFT_OUT: Mapping[str, str] = {
    "memberships": "people belong to their instance; the importing person becomes the owner",
    "notifications": "messages to people of the old instance",
    "api_keys": "secrets",
    "invitations": "to join the old instance",
    "calendar_feeds": "secrets of people of the old instance",
    "oauth_flows": "sign-ins under way, with secrets",
    "connect_choices": "likewise",
    "network_apps": "secrets of the old instance",
    "content_bands": "follow from the texts",
    "passage_vectors": "made anew from the texts",
    "passage_indexes": "how far the old instance was with that",
    "audit_log": "what people did on the old instance; it stays there",
    "account_paces": "how much of its quota the old instance had used",
    "account_looks": "asked anew",
    "post_forecasts": "found out anew",
    "post_preparations": "brought to the networks anew",
    "model_budgets": "what the old instance lets models cost",
    "model_calls": "what models cost on the old instance",
    "review_links": "secrets, and people of the old instance",
    "review_link_pieces": "likewise",
    "publishing_holds": "whether the old instance may publish; the new one holds everything at first",
}
"""Tenant tables that do not travel, and why."""

COLUMNS_LEFT_OUT: Mapping[str, str] = {
    "organizations.owner_id": "the importing person becomes the owner",
    "organizations.is_internal": "what is imported is somebody's own",
    "social_accounts.access_token": "secret",
    "social_accounts.refresh_token": "secret",
    "social_accounts.token_type": "of the connection, which is made anew",
    "social_accounts.scope": "of the connection",
    "social_accounts.expires_at": "of the connection",
    "social_accounts.refresh_not_before": "of the connection",
    "social_accounts.client_id": "of the connection",
    "social_accounts.connected_at": "of the connection",
    "social_accounts.last_sync_at": "of the connection",
    "social_accounts.error_message": "of the connection",
    "social_accounts.is_active": "accounts arrive disconnected",
    "approvals.review_link_id": "the links of the old instance stay there; who decided is in words",
    "piece_comments.review_link_id": "likewise",
    "assets.storage_key": "where the file lies follows from its content",
    "assets.bucket": "likewise",
}
"""Columns that do not travel, beside those that the database computes."""

IMPORTED: Mapping[str, Mapping[str, Any]] = {
    "social_accounts": {"is_active": False, "error_message": "Imported from another instance. Connect it again."}
}
"""What columns that do not travel get instead."""

_INTEGERS: Mapping[type[Any], int] = {sa.SmallInteger: 15, sa.BigInteger: 63, sa.Integer: 31}


def _as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("has to be a text")  # noqa: TRY004 -- what Pydantic takes for a failed check
    return value


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("is no finite number")
    return number


Text = Annotated[str, Field(strict=True)]
Bytes = Annotated[bytes, BeforeValidator(lambda value: bytes.fromhex(_as_text(value)))]
Written = BeforeValidator(_as_text)
"""Of a number Pydantic would make an instant; here only what is written out counts."""
_SIMPLE: tuple[tuple[type[Any], Any], ...] = (
    (sa.Uuid, Annotated[UUID, Written]),
    (sa.Date, Annotated[date, Written]),
    (sa.Boolean, StrictBool),
    (sa.LargeBinary, Bytes),
    (sa.ARRAY, list[Text]),
    (sa.Float, Annotated[float, AfterValidator(_finite)]),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that travels."""

    name: str
    nullable: bool
    has_default: bool
    is_person: bool
    """Points to a user. What travels is whether there is somebody, not who."""
    is_key: bool
    """Holds ids of rows (of this organization, or its own)."""
    adapter: TypeAdapter[Any]
    dump: Callable[[Any], Any]
    """From the row's value to what JSON can say."""


@cache
def tables() -> tuple[sa.Table, ...]:
    """Every table that travels, each after those that it points to; the organization's own comes first."""
    tenant = [table for table in schema.metadata.sorted_tables if "organization_id" in table.columns]
    return (schema.metadata.tables[HEAD], *(table for table in tenant if table.name not in LEFT_OUT))


@cache
def columns(table: sa.Table) -> Mapping[str, Column]:
    """The columns of the table that travel, by name."""
    return {column.name: _column(column) for column in table.columns if _travels(column)}


def tenant_column(table: sa.Table) -> str:
    """The column that says whose the row is."""
    return "id" if table.name == HEAD else "organization_id"


def _travels(column: sa.Column[Any]) -> bool:
    is_computed = column.computed is not None or isinstance(column.type, TSVECTOR)
    return not is_computed and f"{column.table.name}.{column.name}" not in COLUMNS_LEFT_OUT


def _column(column: sa.Column[Any]) -> Column:
    is_person = any(key.column.table.name == "users" for key in column.foreign_keys)
    kind: Any = StrictBool if is_person else _kind(column.type)
    return Column(
        name=column.name,
        nullable=bool(column.nullable),
        has_default=column.server_default is not None or column.default is not None,
        is_person=is_person,
        is_key=isinstance(column.type, sa.Uuid) and not is_person,
        adapter=TypeAdapter(Optional[kind] if column.nullable else kind),  # noqa: UP045 -- `|` needs to know the kind
        dump=_dump(column.type, is_person=is_person),
    )


def _kind(of: sa.types.TypeEngine[Any]) -> Any:
    """The type that a value of the column has to have, strict enough that nothing is guessed."""
    if isinstance(of, Document):
        return of.shape
    if isinstance(of, Limited):
        return Annotated[Text, Field(max_length=of.limit)]
    if isinstance(of, sa.Enum):
        return of.enum_class
    if isinstance(of, sa.DateTime):
        return Annotated[AwareDatetime if of.timezone else NaiveDatetime, Written]
    if isinstance(of, sa.Integer):
        bits = next(bits for kind, bits in _INTEGERS.items() if isinstance(of, kind))
        return Annotated[StrictInt, Field(ge=-(2**bits), lt=2**bits)]
    return next((kind for simple, kind in _SIMPLE if isinstance(of, simple)), Text)


def _dump(of: sa.types.TypeEngine[Any], *, is_person: bool) -> Callable[[Any], Any]:
    if is_person:
        return lambda _value: True
    if isinstance(of, Document):
        return lambda value: of.adapter.dump_python(value, mode="json", by_alias=True)
    return next((dump for kinds, dump in _DUMPS if isinstance(of, kinds)), lambda value: value)


_DUMPS: tuple[tuple[tuple[type[Any], ...], Callable[[Any], Any]], ...] = (
    ((sa.Enum,), lambda value: value.value),
    ((sa.LargeBinary,), lambda value: value.hex()),
    ((sa.Uuid,), str),
    ((sa.DateTime, sa.Date), lambda value: value.isoformat()),
)
