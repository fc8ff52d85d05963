"""Out of an instance: rows, sheets and files of one organization, from one snapshot, without secrets."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import __version__, clock
from aipromote.accounts.actor import Actor
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db import revision
from aipromote.errors import Conflict
from aipromote.organizations import queries as organizations
from aipromote.organizations.actions import require
from aipromote.organizations.models import Organization
from aipromote.organizations.states import Role
from aipromote.portability import shape
from aipromote.portability.errors import ExportFailed
from aipromote.portability.form import FILES, MANIFEST, README, README_TEXT, ROWS, SHEETS, FileFacts, Manifest
from aipromote.portability.shape import Column
from aipromote.portability.sheets import sheet

_AT_ONCE = 500
_ALONE = sa.text("SELECT pg_try_advisory_xact_lock(hashtextextended('export of ' || :organization, 0))")


class Sink(Protocol):
    """Takes files by name."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """A file to write; complete when it is closed."""
        ...


async def export(session: AsyncSession, actor: Actor, sink: Sink, *, organization_id: UUID) -> Manifest:
    """Write the organization into the sink. The transaction should show one snapshot (repeatable read).

    NotAllowed for anybody but an owner; Conflict while it is being exported already, which is work for a minute and not
    to be had any number of times at once; ExportFailed where an asset's file was lost.
    """
    await require(session, actor, organization_id=organization_id, role=Role.OWNER)
    if not await session.scalar(_ALONE, {"organization": str(organization_id)}):
        raise Conflict("It is being gathered already. Wait until that download begins.")
    organization = await organizations.organization(session, organization_id=organization_id)
    files: dict[str, FileFacts] = {}
    for table in shape.tables():
        files |= await _write_table(session, sink, table, organization_id)
    files |= await _write_files(session, sink, organization_id)
    manifest = Manifest(
        product=__version__,
        schema_revision=revision.head(),
        made_at=clock.now(),
        organization_id=organization_id,
        name=organization.name,
        files=files,
        left_out=dict(shape.LEFT_OUT),
    )
    text = README_TEXT.format(name=manifest.name, made_at=manifest.made_at, left_out=", ".join(manifest.left_out))
    files = dict(manifest.files) | _write(sink, README, text.encode())
    manifest = manifest.model_copy(update={"files": files})
    _write(sink, MANIFEST, manifest.model_dump_json(indent=2).encode())
    return manifest


async def record(session: AsyncSession, actor: Actor, manifest: Manifest) -> None:
    """Tell the log who took the organization along. In a transaction of its own: an export's only reads."""
    await require(session, actor, organization_id=manifest.organization_id, role=Role.OWNER)
    await audit.record(
        session,
        actor,
        organization_id=manifest.organization_id,
        action="organization.exported",
        subject=Organization.__tablename__,
        subject_id=manifest.organization_id,
        detail=Detail(after={"files": len(manifest.files), "rows": manifest.row_count}),
    )


async def _write_table(
    session: AsyncSession, sink: Sink, table: sa.Table, organization_id: UUID
) -> dict[str, FileFacts]:
    """The rows, in the order of their key; where there is a sheet, once more as that."""
    columns = shape.columns(table)
    name = ROWS.format(table=table.name)
    with sink.open(name) as file:
        measured = _Measured(file)
        count = 0
        async for rows in _batches(session, table, columns, organization_id):
            lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
            await asyncio.to_thread(measured.write, lines.encode())
            count += len(rows)
    written = {name: measured.facts(rows=count)}
    if told := SHEETS.get(table.name):
        with sink.open(told) as file:
            measured = _Measured(file)
            measured.write(sheet([list(columns)]))
            async for rows in _batches(session, table, columns, organization_id):
                await asyncio.to_thread(measured.write, sheet([row[name] for name in columns] for row in rows))
        written[told] = measured.facts()
    return written


async def _batches(
    session: AsyncSession, table: sa.Table, columns: Mapping[str, Column], organization_id: UUID
) -> AsyncIterator[list[dict[str, Any]]]:
    found = sa.select(*(table.columns[name] for name in columns))
    found = found.where(table.columns[shape.tenant_column(table)] == organization_id)
    rows = await session.stream(found.order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE))
    async for batch in rows.partitions():
        yield [_plain(columns, row) for row in batch]


def _plain(columns: Mapping[str, Column], row: sa.Row[Any]) -> dict[str, Any]:
    values = zip(columns.values(), row, strict=True)
    return {column.name: None if value is None else column.dump(value) for column, value in values}


async def _write_files(session: AsyncSession, sink: Sink, organization_id: UUID) -> dict[str, FileFacts]:
    mine = sa.select(Asset.storage_key, Asset.bucket, Asset.checksum).where(Asset.organization_id == organization_id)
    written: dict[str, FileFacts] = {}
    for key, bucket, checksum in await session.execute(mine.order_by(Asset.storage_key)):
        name = f"{FILES}{checksum.hex()}"
        with sink.open(name) as file:
            measured = _Measured(file)
            try:
                async for block in storage.blocks(key, bucket=bucket):
                    await asyncio.to_thread(measured.write, block)
            except FileNotFoundError as lost:
                raise ExportFailed(
                    f"The file of an asset was lost ({key}). Put it back, or remove the asset."
                ) from lost
        written[name] = measured.facts()
    return written


def _write(sink: Sink, name: str, content: bytes) -> dict[str, FileFacts]:
    with sink.open(name) as file:
        measured = _Measured(file)
        measured.write(content)
    return {name: measured.facts()}


class _Measured:
    """Size and checksum of what is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self._size += len(data)

    def facts(self, *, rows: int | None = None) -> FileFacts:
        return FileFacts(size=self._size, sha256=self._hash.hexdigest(), rows=rows)
