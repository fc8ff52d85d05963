"""`aipromote content generate`: an order like the one of the content page, done here where no worker takes it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from rich.console import Console

from aipromote import settings
from aipromote.ai import queries as requests
from aipromote.ai import writers
from aipromote.ai.jobs import RequestPointer
from aipromote.ai.models import GenerationRequest
from aipromote.ai.offline.writing import OfflineWriter
from aipromote.ai.states import RequestStatus
from aipromote.cli.content.reaching import OPERATOR, id_of, platform_of, run
from aipromote.content import actions, queries
from aipromote.content.generation import write_pieces
from aipromote.content.models import Variant
from aipromote.db.database import Database
from aipromote.knowledge.asking import for_writers

_OPEN = frozenset({RequestStatus.PENDING, RequestStatus.RUNNING})
_LOOK_EVERY_SECONDS = 0.5


def generate(
    organization: str,
    *,
    platforms: Sequence[str],
    pillars: Sequence[str],
    weeks: int,
    data: Path | None,
    as_json: bool,
) -> int:
    """Order, wait, and say what came of it. 0 where the order was done, 1 where it failed."""
    chosen = [platform_of(one) for one in platforms]

    async def work(database: Database, key: UUID) -> GenerationRequest:
        async with database.transaction(key) as session:
            asked = await actions.request_pieces(
                session, OPERATOR, organization_id=key, weeks=weeks, pillars=pillars, platforms=chosen
            )
        return await done(database, asked)

    asked = run(organization, work, data=data)
    report(asked, as_json=as_json)
    return 0 if asked.status is RequestStatus.DONE else 1


def variants(piece: str, *, organization: str, count: int | None, data: Path | None, as_json: bool) -> int:
    """Print the variants of a piece, after having `count` of them written. 1 where that failed."""
    wanted = id_of(piece)

    async def work(database: Database, key: UUID) -> tuple[GenerationRequest | None, list[Variant]]:
        asked = None
        if count is not None:
            async with database.transaction(key) as session:
                asked = await actions.request_variants(
                    session, OPERATOR, organization_id=key, piece_id=wanted, count=count
                )
            asked = await done(database, asked)
        async with database.transaction(key) as session:
            await queries.piece(session, organization_id=key, piece_id=wanted)
            return asked, await queries.variants(session, organization_id=key, piece_id=wanted)

    asked, found = run(organization, work, data=data)
    if as_json:
        names = ("id", "number", "status", "body", "hook", "cta", "rationale", "confidence", "generated_by")
        sys.stdout.write(
            json.dumps([{name: getattr(one, name) for name in names} for one in found], default=str) + "\n"
        )
    else:
        _print_variants(found)
    if asked is not None and asked.status is not RequestStatus.DONE:
        sys.stderr.write(f"{asked.error_message}\n")
        return 1
    return 0


def _print_variants(found: Sequence[Variant]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for one in found:
        console.print(
            f"Variant {one.number} ({one.status.lower()}, {one.generated_by}, confidence {one.confidence:.0%})"
        )
        console.print(one.body, markup=False)
        console.print(f"{one.rationale or ''}\n", markup=False)
    if not found:
        console.print("There are no variants. Have some written with --write 3.")


async def done(
    database: Database,
    asked: GenerationRequest,
    *,
    write: Callable[..., Awaitable[object]] = write_pieces,
) -> GenerationRequest:
    """The request when it has ended. This process works on it, unless a worker was faster: then it waits for that."""
    key = asked.organization_id
    pointer = RequestPointer(organization_id=key, request_id=asked.id, attempts=asked.attempts)
    writer = await writers.current(settings.get(), database=database, organization_id=key)
    if write is write_pieces and not isinstance(writer, OfflineWriter):
        write = partial(write_pieces, find=for_writers)  # as a worker does it
    await write(pointer, database=database, writer=writer)
    while True:
        async with database.transaction(key) as session:
            now = await requests.request(session, organization_id=key, request_id=asked.id)
        if now.status not in _OPEN:
            return now
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def report(asked: GenerationRequest, *, as_json: bool) -> None:
    """Print how it ended."""
    total = asked.total_count or 0
    if as_json:
        names = ("id", "status", "done_count", "total_count", "error_message")
        sys.stdout.write(json.dumps({name: getattr(asked, name) for name in names}, default=str) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{asked.done_count} of {total} places of the plan have their post.")
    if asked.status is not RequestStatus.DONE:
        console.print(asked.error_message, markup=False)
    elif total > asked.done_count:
        console.print(
            f"{total - asked.done_count} got none: the brief gives nothing new to say about them. "
            "Add pain points, differentiators or facts."
        )
