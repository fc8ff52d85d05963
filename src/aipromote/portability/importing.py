"""Into an instance: a new organization with everything in the files, held back, in one transaction or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestStatus
from aipromote.analytics.models import Snapshot
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.audit import actions as audit
from aipromote.audit.detail import Detail
from aipromote.db.base import new_id
from aipromote.db.database import set_tenants
from aipromote.errors import NotAllowed
from aipromote.organizations.models import Membership, Organization
from aipromote.organizations.states import Role
from aipromote.portability import shape
from aipromote.portability.errors import ImportRefused, refused
from aipromote.portability.form import FILES, ROWS
from aipromote.portability.remapping import Remapping
from aipromote.portability.rows import Row, ids_of, judged, rows_of
from aipromote.portability.sources import Files
from aipromote.publishing import holds
from aipromote.publishing.actions import idempotency_key
from aipromote.publishing.models import ScheduledPost

_AT_ONCE = 500
_FIRST_MONTH = date(2015, 1, 1)
_LATEST_AHEAD = 31
_PARTITION = sa.text("SELECT doors.make_partition(:month)")


@dataclass(frozen=True, slots=True)
class Imported:
    """The organization that there is now, and what came with it."""

    organization_id: UUID
    name: str
    rows: int
    files: int
    has_new_ids: bool
    """The ids in the files were taken here, so every row got another one."""


async def import_organization(session: AsyncSession, owner: Actor, files: Files) -> Imported:
    """Make the organization of these files (checked before) a new one that belongs to `owner`; publishing is held.

    From here on the transaction sees this organization, and no other. ImportRefused names file, row and column.
    """
    if owner.user_id is None:
        raise NotAllowed("Only a person can own an organization.")
    remapping = await _remapping(session, files)
    await set_tenants(session, [remapping.new])
    count = 0
    for table in shape.tables():
        count += await _fill(session, table, files, remapping=remapping, owner=owner.user_id)
        if table.name == shape.HEAD:
            await _take_possession(session, files, remapping=remapping, owner=owner.user_id)
    stored = await _store_files(session, files, organization_id=remapping.new)
    origin = {"exported_at": files.manifest.made_at, "id_there": remapping.old, "rows": count, "files": stored}
    await audit.record(
        session,
        owner,
        organization_id=remapping.new,
        action="organization.imported",
        subject=shape.HEAD,
        subject_id=remapping.new,
        detail=Detail(after=origin),
    )
    await session.flush()
    return Imported(remapping.new, files.manifest.name, count, stored, bool(remapping.rows))


async def _remapping(session: AsyncSession, files: Files) -> Remapping:
    """The ids stay, unless there is an organization of this id already (which no one's rights are needed to know)."""
    old = files.manifest.organization_id
    await set_tenants(session, [old])
    if await session.scalar(sa.select(sa.exists().where(Organization.id == old))):
        return Remapping(old, new_id(), ids_of(files))
    return Remapping(old, old, frozenset())


async def _take_possession(session: AsyncSession, files: Files, *, remapping: Remapping, owner: UUID) -> None:
    """Right after the organization's own row: who owns it, and that nothing of it goes out."""
    if not await session.scalar(sa.select(sa.exists().where(Organization.id == remapping.new))):
        raise refused(ROWS.format(table=shape.HEAD), "the organization itself is missing.")
    session.add(Membership(organization_id=remapping.new, user_id=owner, role=Role.OWNER))
    made_at = files.manifest.made_at
    reason = f"It was imported from an export of {made_at:%Y-%m-%d %H:%M} UTC."
    await holds.hold(session, organizations=[remapping.new], reason=reason, known_until=made_at)
    await session.flush()


async def _fill(session: AsyncSession, table: sa.Table, files: Files, *, remapping: Remapping, owner: UUID) -> int:
    count = 0
    numbered = rows_of(files, table)
    while batch := list(islice(numbered, _AT_ONCE)):
        rows = [(number, judged(table, number, row, remapping=remapping, owner=owner)) for number, row in batch]
        if table.name == shape.HEAD:
            rows = [(number, row | {"owner_id": owner}) for number, row in rows]
        if table.name == Asset.__tablename__:
            rows = [(number, row | _place_of(row, remapping.new)) for number, row in rows]
        if table.name == GenerationRequest.__tablename__:
            rows = [(number, _ended(row)) for number, row in rows]
        if table.name == ScheduledPost.__tablename__ and remapping.rows:
            rows = [(number, _keyed_anew(given, row)) for (_, given), (number, row) in zip(batch, rows, strict=True)]
        if table.name == Snapshot.__tablename__:
            await _make_partitions(session, rows)
        await _insert(session, table, rows)
        count += len(rows)
    return count


def _ended(row: Row) -> Row:
    """What was still being written there is not ordered a second time here."""
    if row["status"] not in {RequestStatus.PENDING, RequestStatus.RUNNING}:
        return row
    words = "It was not finished when the organization was taken along. Order it again if it is still wanted."
    ended = {"status": RequestStatus.FAILED, "claimed_until": None, "finished_at": clock.now(), "error_message": words}
    return row | ended


def _keyed_anew(given: Row, row: Row) -> Row:
    """The key of the same wish under the new ids, so that scheduling it again finds this post.

    A post that was moved keeps its key: the time that it was made from is not known any more.
    """
    facts = {"revision": row["revision"], "slot": row["scheduled_at"]}
    was = idempotency_key(
        piece_id=UUID(given["content_piece_id"]), account_id=UUID(given["social_account_id"]), **facts
    )
    if row["idempotency_key"] != was:
        return row
    key = idempotency_key(piece_id=row["content_piece_id"], account_id=row["social_account_id"], **facts)
    return row | {"idempotency_key": key}


def _place_of(row: Row, organization_id: UUID) -> Row:
    return {"bucket": storage.bucket(), "storage_key": f"{organization_id}/{row['checksum'].hex()}"}


async def _insert(session: AsyncSession, table: sa.Table, rows: Sequence[tuple[int, Row]]) -> None:
    """Many at once; where the database refuses, one by one, to name the row."""
    try:
        async with session.begin_nested():
            for group in _alike(rows):
                await session.execute(sa.insert(table), group)
    except (DBAPIError, SQLAlchemyError, ValueError):
        for number, row in rows:
            await _insert_one(session, table, number, row)
        raise ImportRefused(f"The rows of {table.name} do not fit together. Nothing was imported.") from None


def _alike(rows: Sequence[tuple[int, Row]]) -> Iterator[list[Row]]:
    """Groups with the same columns, since an older release may not have had all of them."""
    groups: dict[frozenset[str], list[Row]] = defaultdict(list)
    for _, row in rows:
        groups[frozenset(row)].append(row)
    yield from groups.values()


async def _insert_one(session: AsyncSession, table: sa.Table, number: int, row: Row) -> None:
    try:
        await session.execute(sa.insert(table), [row])
    except (DBAPIError, SQLAlchemyError, ValueError) as error:
        column, reason = _reason(table, error)
        raise refused(ROWS.format(table=table.name), reason, row=number, column=column) from error


def _reason(table: sa.Table, error: Exception) -> tuple[str | None, str]:
    """The column and the reason, from what PostgreSQL tells; no value, which may be anything."""
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    name = getattr(cause, "constraint_name", None)
    found = next((one for one in table.constraints if one.name == name), None)
    columns = [column.name for column in getattr(found, "columns", ())]
    shown = ", ".join(one for one in columns if one != "organization_id") or getattr(cause, "column_name", None)
    match found:
        case sa.ForeignKeyConstraint():
            return shown, f"it points to a row of {found.referred_table.name} that is not there."
        case sa.PrimaryKeyConstraint() | sa.UniqueConstraint():
            return shown, "there is another row with the same value."
        case _:
            return shown, f"the database refuses it ({name or type(cause or error).__name__})."


async def _make_partitions(session: AsyncSession, rows: Sequence[tuple[int, Row]]) -> None:
    """The months that these snapshots lie in; not those of a made-up century."""
    latest = clock.now().date().toordinal() + _LATEST_AHEAD
    months: set[date] = set()
    for number, row in rows:
        collected: datetime = row["collected_at"]
        day = collected.astimezone(UTC).date()
        if day < _FIRST_MONTH or day.toordinal() > latest:
            name = ROWS.format(table=Snapshot.__tablename__)
            raise refused(name, "no network was asked at that time.", row=number, column="collected_at")
        months.add(day.replace(day=1))
    for month in sorted(months):
        await session.execute(_PARTITION, {"month": month})


async def _store_files(session: AsyncSession, files: Files, *, organization_id: UUID) -> int:
    """Last, so that nothing that is refused leaves a file. Each belongs to an asset, and each asset has its file."""
    wanted: dict[str, int] = {}
    found = await session.execute(sa.select(Asset.checksum, Asset.size).where(Asset.organization_id == organization_id))
    for checksum, size in found:
        wanted[f"{FILES}{checksum.hex()}"] = size
    there: dict[str, Any] = {name: facts for name, facts in files.manifest.files.items() if name.startswith(FILES)}
    for name in sorted(wanted.keys() ^ there.keys()):
        raise refused(name, "an asset has no file." if name in wanted else "no asset has this file.")
    for name, facts in there.items():
        if name != f"{FILES}{facts.sha256}" or facts.size != wanted[name]:
            raise refused(name, "its content is not what the asset says.")
    for name in there:
        with files.open(name) as file:
            await storage.keep_file(file, organization_id=organization_id)
    return len(there)
