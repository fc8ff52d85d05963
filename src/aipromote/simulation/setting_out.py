"""From a brief to a scheduled fortnight, step by step. Each step looks first whether it was done before."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import select

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.models import GenerationRequest
from aipromote.ai.states import RequestKind, RequestStatus
from aipromote.channels import actions as channels
from aipromote.channels import connecting
from aipromote.channels import queries as channel_queries
from aipromote.connectors.sandbox.consent import give_consent
from aipromote.content import queries as content_queries
from aipromote.content.actions import request_pieces
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Unavailable
from aipromote.scheduling.actions import approve_and_schedule
from aipromote.scheduling.queries import pending_placements
from aipromote.strategy import actions as strategies
from aipromote.strategy import queries as strategy_queries
from aipromote.strategy.models import AIStrategy
from aipromote.strategy.states import StrategyStatus

_PATIENCE = 120.0
_POLL = 0.05
_PLACING_PATIENCE = 10.0
_ALL = 1000


@dataclass(frozen=True)
class Stage:
    """Where the steps happen: the servers, the organization, and who acts."""

    database: Database
    http: aiohttp.ClientSession
    sandbox_url: str
    organization_id: UUID
    actor: Actor
    brief: Brief

    @property
    def zone(self) -> ZoneInfo:
        """The organization's time zone."""
        return ZoneInfo(self.brief.time_zone)


async def until(done: Callable[[], Awaitable[bool]], what: str, *, patience: float = _PATIENCE) -> None:
    """Wait, in real time, until `done`; raises Unavailable with `what` when it takes too long."""
    begun = time.monotonic()
    while not await done():
        if time.monotonic() - begun > patience:
            raise Unavailable(f"After {patience:.0f} seconds still waiting for {what}. Is the worker running?")
        await asyncio.sleep(_POLL)


async def request_done(stage: Stage, request_id: UUID, what: str) -> None:
    """Wait for the worker to write what was asked for; raises what it says when it could not."""

    async def finished() -> bool:
        async with stage.database.transaction(stage.organization_id) as session:
            request = await session.get_one(GenerationRequest, (stage.organization_id, request_id))
        if request.status is RequestStatus.FAILED:
            raise Unavailable(f"{what} failed: {request.error_message}")
        return request.status is RequestStatus.DONE

    await until(finished, what)


async def strategy_accepted(stage: Stage) -> AIStrategy:
    """The plan is written and the founder accepts it."""
    async with stage.database.transaction(stage.organization_id) as session:
        if active := await strategy_queries.active(session, organization_id=stage.organization_id):
            return active
        asked = select(GenerationRequest.id).where(GenerationRequest.kind == RequestKind.STRATEGY)
        request_id = (await session.scalars(asked.order_by(GenerationRequest.created_at))).first()
    assert request_id is not None, "an intake asks for a strategy"
    await request_done(stage, request_id, "the strategy")
    async with stage.database.transaction(stage.organization_id) as session:
        proposed = select(AIStrategy).where(AIStrategy.status == StrategyStatus.PROPOSED).order_by(AIStrategy.version)
        strategy = (await session.scalars(proposed)).one()
        return await strategies.accept(
            session, stage.actor, organization_id=stage.organization_id, strategy_id=strategy.id
        )


async def accounts_connected(stage: Stage, strategy: AIStrategy) -> None:
    """For each platform of the plan, an account on the sandbox network that stands in for it."""
    async with stage.database.transaction(stage.organization_id) as session:
        accounts = await channel_queries.accounts(session, organization_id=stage.organization_id)
    connected = {account.platform for account in accounts}
    for channel in strategy.channel_plan:
        if channel.platform not in connected:
            await _connect(stage, channel.platform)


async def _connect(stage: Stage, platform: Platform) -> None:
    handle = f"{re.sub(r'[^a-z0-9]+', '', stage.brief.name.lower())[:24] or 'startup'}-{stage.organization_id.hex[-6:]}"
    async with stage.database.transaction(stage.organization_id) as session:
        url = await channels.start_connect(
            session,
            stage.actor,
            organization_id=stage.organization_id,
            platform=platform,
            connector="sandbox",
            server=stage.sandbox_url,
            redirect_uri="http://127.0.0.1/channels/callback",
            hint={"handle": handle, "platform": platform.value},
        )
    state, code = await give_consent(stage.http, url)
    await connecting.come_back(
        stage.database, stage.actor, stage.http, organization_id=stage.organization_id, state=state, code=code
    )


async def pieces_written(stage: Stage, *, days: int) -> None:
    """The pieces of the coming `days` are written by the worker."""
    start = clock.now().astimezone(stage.zone).date()
    end = start + timedelta(days=days)
    async with stage.database.transaction(stage.organization_id) as session:
        requests = (
            await session.scalars(select(GenerationRequest).where(GenerationRequest.kind == RequestKind.CONTENT))
        ).all()
        request = next((r for r in requests if r.wanted.end == end), None) or await request_pieces(
            session, stage.actor, organization_id=stage.organization_id, start=start, end=end
        )
    await request_done(stage, request.id, "the posts")


async def placed_without_a_click(stage: Stage) -> None:
    """Where nobody has to approve, the worker schedules what it may. What it cannot place is left for the founder."""

    async def nothing_left() -> bool:
        async with stage.database.transaction(stage.organization_id) as session:
            owed = await pending_placements(session, limit=_ALL)
        return all(due.pointer.organization_id != stage.organization_id for due in owed)

    if stage.brief.approval == "auto":
        with contextlib.suppress(Unavailable):
            await until(nothing_left, "posts that need no click", patience=_PLACING_PATIENCE)


async def week_approved(stage: Stage) -> dict[UUID, str]:
    """The founder approves what waits for review, and it is scheduled. Returns what was held back, and why."""
    async with stage.database.transaction(stage.organization_id) as session:
        waiting = select(ContentPiece.id).where(
            ContentPiece.status.in_((ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED))
        )
        piece_ids = (await session.scalars(waiting.order_by(ContentPiece.planned_for, ContentPiece.id))).all()
        result = await approve_and_schedule(
            session, stage.actor, organization_id=stage.organization_id, piece_ids=piece_ids
        )
        held = {held.piece_id: held.reason for held in result.held_back}
        pieces = await content_queries.pieces_by_id(session, organization_id=stage.organization_id, piece_ids=held)
    # Where nobody has to approve, the worker schedules, too: what it was first with is not held back.
    return {key: reason for key, reason in held.items() if pieces[key].status is not ContentStatus.SCHEDULED}
