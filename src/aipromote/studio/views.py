"""One view per table, all alike: nothing is shown of a tenant's table until an organization is chosen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import load_only
from starlette.requests import Request
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.exceptions import FormValidationError

from aipromote.audit import actions as audit
from aipromote.db.base import Base
from aipromote.studio.fields import Masked, fields_of, loaded_of
from aipromote.studio.looking import Look

_PLAIN_TEXT = ("StringField", "TextAreaField", "EmailField", "URLField", "EnumField")


class TableView(ModelView):
    """The rows of one table that the chosen organization lets see; of a table without tenants, all."""

    page_size = 25
    page_size_options = (10, 25, 50, 100)
    exporters = ()
    importers = ()

    def __init__(self, model: type[Base]) -> None:
        mapper = inspect(model)
        table = model.__tablename__
        self.fields = fields_of(mapper)
        self.searchable_fields = [each.name for each in self.fields if type(each).__name__ in _PLAIN_TEXT]
        self.sortable_fields = [each.name for each in self.fields if each.orderable]
        self.exclude_fields_from_edit = [each.name for each in self.fields if isinstance(each, Masked)]
        self.exclude_fields_from_list = ["organization_id"]
        self.belongs_to_tenant = "organization_id" in model.__table__.columns or table == "organizations"
        self._loaded = [getattr(model, name) for name in loaded_of(mapper)]
        super().__init__(model, key=table, display_name=table, menu_label=table)

    def get_list_query(self, request: Request) -> Select[Any]:  # noqa: ARG002 -- the library's signature
        """All columns but secrets."""
        return select(self.model).options(load_only(*self._loaded, raiseload=True))

    def is_accessible(self, request: Request) -> bool:
        """Tables without tenants always; the others once an organization is chosen."""
        return not self.belongs_to_tenant or _look(request).organization_id is not None

    def can_create(self, request: Request) -> bool:  # noqa: ARG002 -- the library's signature
        """Never: rows are made by verbs, which know what belongs together."""
        return False

    def can_delete(self, request: Request) -> bool:  # noqa: ARG002 -- the library's signature
        """Never: deleting cascades further than a table shows."""
        return False

    def can_edit(self, request: Request) -> bool:
        """Only where the settings allow it, and only rows that stay in their organization's audit trail."""
        return _look(request).may_write and self.belongs_to_tenant and self.model.__tablename__ != "audit_log"

    def can_export(self, request: Request) -> bool:  # noqa: ARG002 -- the library's signature
        """Never: `aipromote export` takes an organization along, whole."""
        return False

    def can_import(self, request: Request) -> bool:  # noqa: ARG002 -- the library's signature
        """Never."""
        return False

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """The row; None also where the address holds no key at all."""
        try:
            return await super().find_by_pk(request, pk)
        except ValueError:
            return None

    async def after_edit(self, request: Request, obj: Any, **_: Any) -> None:
        """Leave a line in the organization's audit trail, in the same transaction."""
        look = _look(request)
        if look.organization_id is not None:
            await audit.record(
                request.state.session,
                look.actor,
                organization_id=look.organization_id,
                action="studio.changed",
                subject=self.model.__tablename__,
                subject_id=obj.id,
            )

    async def handle_exception(self, request: Request, exc: Exception) -> None:
        """Show at the form what the database refused, beside the field that the constraint is named for."""
        if not isinstance(exc, DBAPIError):
            await super().handle_exception(request, exc)
        reason = str(exc.orig).split(": ", 1)[-1] if isinstance(exc, DBAPIError) else ""
        editable = [each.name for each in self.fields if not each.read_only]
        blamed = next((name for name in editable if name in reason), editable[0])
        raise FormValidationError({blamed: f"The database refused this: {reason}"})


def _look(request: Request) -> Look:
    look: Look = request.state.look
    return look
