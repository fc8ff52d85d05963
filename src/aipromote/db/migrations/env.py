"""Alembic's entry. The connection and the metadata come from `aipromote.db.migrate`; there is no alembic.ini."""

from __future__ import annotations

import re
from typing import Any, Literal

from alembic import context

from aipromote.db.types import Document, Limited

_PARTITION = re.compile(r"^analytics_y\d{4}m\d{2}$")


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and name is not None and _PARTITION.match(name))


def _render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Migrations are plain SQLAlchemy: they must not change when our column types do."""
    if kind == "type" and isinstance(item, Limited):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Document):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    include_name=_is_ours,
    render_item=_render,
    compare_type=True,
    transaction_per_migration=True,
    on_version_apply=context.config.attributes.get("on_version_apply"),
)
with context.begin_transaction():
    context.run_migrations()
