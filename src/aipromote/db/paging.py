"""Lists, a piece at a time: by cursor (any length, same cost at any depth), or by number (short and counted).

A cursor is the sort key of a row. It is signed together with the organization, the query, its order and its filters:
used anywhere else, or changed by one letter, it is refused. What lies behind it is found by one comparison of rows,
`(created_at, id) < (…, …)`, which an index with the same columns answers by going there, not by counting.
Rows that come and go meanwhile therefore neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import settings
from aipromote.errors import InvalidInput

DEFAULT: Final = 50
MOST: Final = 200
"""Rows that one answer has at most; who asks for more gets these."""
COUNTED: Final = 10_000
"""Where counting ends. A screen then says "more than 10,000"."""

_VERSION = 1
_MAC_BYTES = 16
T = TypeVar("T")


class BadCursor(InvalidInput):
    """The cursor was not given out for this list."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "This cursor does not belong to this list with these filters. Begin again without one.", field="cursor"
        )


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: some columns, the last of them the id, all in one direction. `query` names the list.

    An index (organization_id, *columns) has to serve it. Only the first column may be null, and then upwards: rows
    without it come last, as they do in such an index.
    """

    query: str
    columns: tuple[Any, ...]
    descending: bool = False

    @property
    def names(self) -> list[str]:
        """The columns, and which way, as the signature covers them."""
        return [*(str(column) for column in self.columns), "down" if self.descending else "up"]


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some rows of a list, in its order. `following` and `preceding` are cursors, None where the list ends."""

    rows: list[T]
    following: str | None = None
    preceding: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A numbered page. `total` stops at COUNTED; `is_more` says that there are more."""

    rows: list[T] = field(repr=False)
    number: int
    size: int
    total: int
    is_more: bool = False

    @property
    def last(self) -> int:
        """The number of the last page that can be asked for."""
        return max(1, -(-self.total // self.size))


async def slice_of(
    session: AsyncSession,
    statement: Select[T],
    order: Order,
    *,
    organization_id: UUID,
    filters: Mapping[str, object],
    cursor: str | None = None,
    limit: int = DEFAULT,
) -> Slice[T]:
    """The rows of `statement` (one entity, filtered, not sorted) behind the cursor; from the start without one.

    `filters` are what the statement was filtered by: a cursor holds only for the same. Raises BadCursor.
    """
    limit = max(1, min(limit, MOST))
    seal = _Seal(order, organization_id, _digest(filters))
    backwards, place = seal.opened(cursor) if cursor else (False, None)
    found: list[Any] = []
    for stretch in _stretches(order, place, backwards=backwards):
        if len(found) <= limit:
            found += await session.execute(stretch.of(statement, order, limit + 1 - len(found)))
    rows, is_more = list(found[:limit]), len(found) > limit
    if backwards:
        rows.reverse()
    if not rows:
        return Slice([])
    after = seal.closed(rows[-1][1:], backwards=False) if is_more or backwards else None
    before = seal.closed(rows[0][1:], backwards=True) if (is_more if backwards else place is not None) else None
    return Slice([row[0] for row in rows], after, before)


async def page_of(session: AsyncSession, statement: Select[T], *, number: int = 1, size: int = DEFAULT) -> Page[T]:
    """A counted page of `statement` (one entity, sorted), for short lists on screens.

    The first is number 1; who asks for one behind the last gets that. Raises InvalidInput for a page beyond the first
    10,000 rows: skipping rows costs as much as reading them.
    """
    size = max(1, min(size, MOST))
    number = max(1, number)
    if (number - 1) * size >= COUNTED:
        message = f"Only the first {COUNTED:,} results can be turned to. Narrow the search down instead."
        raise InvalidInput(message, field="page")
    counted = statement.order_by(None).limit(COUNTED + 1).subquery()
    total = await session.scalar(select(func.count()).select_from(counted)) or 0
    number = min(number, max(1, -(-total // size)))
    rows: Sequence[T] = (await session.scalars(statement.limit(size).offset((number - 1) * size))).all()
    return Page(list(rows), number, size, min(total, COUNTED), total > COUNTED)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a list that one walk along the index reads."""

    columns: Sequence[Any]
    downwards: bool
    conditions: Sequence[Any]

    def of(self, statement: Select[T], order: Order, limit: int) -> Select[Any]:
        ways = [column.desc() if self.downwards else column.asc() for column in self.columns]
        return statement.add_columns(*order.columns).where(*self.conditions).order_by(*ways).limit(limit)


def _stretches(order: Order, place: Sequence[Any] | None, *, backwards: bool) -> list[_Stretch]:
    """What lies behind the place, in the order of reading.

    A comparison of rows is never true of a null, so a list with such rows has two stretches: with the first column, and
    without it, where the other columns alone are compared.
    """
    first, *others = order.columns
    downwards = order.descending is not backwards

    def beyond(columns: Sequence[Any], values: Sequence[Any]) -> Any:
        there = tuple_(*(_literal(column, value) for column, value in zip(columns, values, strict=True)))
        return tuple_(*columns) < there if downwards else tuple_(*columns) > there

    if not getattr(first, "nullable", False):
        return [_Stretch(order.columns, downwards, [] if place is None else [beyond(order.columns, place)])]
    with_it = _Stretch(order.columns, downwards, [first.is_not(None)])
    without = _Stretch(others, downwards, [first.is_(None)])
    if place is None:
        return [with_it, without]
    if place[0] is None:
        rest = _Stretch(others, downwards, [first.is_(None), beyond(others, place[1:])])
        return [rest, with_it] if backwards else [rest]
    rest = _Stretch(order.columns, downwards, [beyond(order.columns, place)])
    return [rest] if backwards else [rest, without]


@dataclass(frozen=True, slots=True)
class _Seal:
    """Makes cursors of one list, and opens them."""

    order: Order
    organization_id: UUID
    filters: str

    def closed(self, place: Sequence[Any], *, backwards: bool) -> str:
        payload = json.dumps([int(backwards), *(_to_json(value) for value in place)], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(payload) + payload).decode().rstrip("=")

    def opened(self, cursor: str) -> tuple[bool, list[Any]]:
        try:
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise BadCursor from None
        mac, payload = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        # The same bytes have several spellings in base64; only the one that was given out counts.
        is_ours = base64.urlsafe_b64encode(sealed).decode().rstrip("=") == cursor
        if not hmac.compare_digest(mac, self._mac(payload)) or not is_ours:
            raise BadCursor
        backwards, *place = json.loads(payload)
        return bool(backwards), place

    def _mac(self, payload: bytes) -> bytes:
        key = settings.get().require("secret_key").encode()
        about = [_VERSION, self.order.query, *self.order.names, str(self.organization_id), self.filters]
        head = json.dumps(about, separators=(",", ":")).encode()
        return hmac.digest(key, b"cursor\0" + head + b"\0" + payload, hashlib.sha256)[:_MAC_BYTES]


def _digest(filters: Mapping[str, object]) -> str:
    plain = json.dumps({name: _to_json(value) for name, value in sorted(filters.items())}, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _to_json(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _literal(column: Any, value: Any) -> Any:
    """The value in the column's own type, so that the comparison is the index's."""
    kind = column.type.python_type
    if issubclass(kind, datetime | date):
        value = kind.fromisoformat(value)
    elif issubclass(kind, UUID | Enum):
        value = kind(value)
    return bindparam(None, value, type_=column.type)
