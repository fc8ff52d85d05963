"""The base of every model: naming of constraints, shared columns, and CHECKs that follow from a column's type."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

from aipromote.db.types import Document, Limited


def _own_columns(constraint: Any, _table: Table) -> str:
    """The columns a name is made of: all but the tenant's, which is in every key (names end at 63 bytes)."""
    if isinstance(constraint, ForeignKeyConstraint):
        names = list(constraint.column_keys)
    else:
        names = [column.name for column in constraint.columns]
    return "_".join(name for name in names if name != "organization_id") or "organization_id"


NAMING: dict[str, Any] = {
    "own_columns": _own_columns,
    "ix": "ix_%(table_name)s_%(own_columns)s",
    "uq": "uq_%(table_name)s_%(own_columns)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(own_columns)s",
    "pk": "pk_%(table_name)s",
}

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Key = Annotated[UUID, mapped_column(Uuid())]


def new_id() -> UUID:
    """A fresh UUIDv7: unique, and ordered by the time it was made."""
    return uuid7()


class Base(DeclarativeBase):
    """Every model.

    A `Limited` text gets its length CHECK, a `Document` the CHECK of its JSON type, an array one against NULL elements.
    """

    metadata = MetaData(naming_convention=NAMING)

    created_at: Mapped[Instant] = mapped_column(server_default=func.now(), sort_order=998)
    updated_at: Mapped[Instant] = mapped_column(server_default=func.now(), sort_order=999)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if isinstance(table := cls.__dict__.get("__table__"), Table):
            _add_type_checks(table)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"


class Tenant:
    """A row that belongs to one organization: the tenant comes first in its key, and a policy guards it."""

    organization_id: Mapped[Key] = mapped_column(sort_order=-2)
    id: Mapped[Key] = mapped_column(default=new_id, sort_order=-1)

    __extra_args__: ClassVar[tuple[Any, ...]] = ()
    """Constraints and indexes of the table, beside the key that all tenant tables have."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            PrimaryKeyConstraint("organization_id", "id"),
            ForeignKeyConstraint(["organization_id"], ["organizations.id"], ondelete="CASCADE"),
            *cls.__extra_args__,
        )


class Global:
    """A row that belongs to no organization (people, their sessions and subscriptions)."""

    id: Mapped[Key] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


def _add_type_checks(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, Limited):
            condition = f"char_length({column.name}) <= {column.type.limit}"
            table.append_constraint(CheckConstraint(condition, name=f"{column.name}_length"))
        elif isinstance(column.type, Document):
            condition = f"jsonb_typeof({column.name}) = '{column.type.json_type}'"
            table.append_constraint(CheckConstraint(condition, name=f"{column.name}_{column.type.json_type}"))
        elif isinstance(column.type, ARRAY):
            condition = f"array_position({column.name}, NULL) IS NULL"
            table.append_constraint(CheckConstraint(condition, name=f"{column.name}_no_nulls"))


def owned_by(table: str, *columns: str, cascade: bool = True) -> ForeignKeyConstraint:
    """A foreign key inside one organization: (organization_id, columns…) → the key of `table`.

    An owned part cascades. An optional parent restricts: the verb that removes it detaches its children first (SET NULL
    would be refused on a table distributed by organization).
    """
    return ForeignKeyConstraint(
        ["organization_id", *columns],
        [f"{table}.organization_id", f"{table}.id"],
        ondelete="CASCADE" if cascade else "RESTRICT",
    )
