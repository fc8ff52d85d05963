"""GET /channels: accounts and how they stand; a look at one now; disconnecting one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from aipromote.api.calls import Reading, admitted
from aipromote.channels import connecting, looks
from aipromote.channels import standing as standings
from aipromote.channels.standing import Standing, State
from aipromote.documents.vocabulary import Platform
from aipromote.http.visits import database_of, http_of
from aipromote.organizations.states import Role

router = APIRouter()


class ChannelOut(BaseModel):
    """An account on a network. `lacks` are permissions that it was not granted, `advice` what a person can do."""

    id: UUID
    platform: Platform
    connector: str
    server: str
    handle: str
    display_name: str | None
    profile_url: str | None
    followers: int | None
    state: State
    connected_since: datetime
    access_ends_at: datetime | None
    renews_itself: bool
    asked_at: datetime | None
    answer: str | None
    lacks: list[str]
    limits: str | None
    reason: str | None
    advice: str | None


class ChannelsOut(BaseModel):
    """All accounts, connected or not, by platform and handle."""

    data: list[ChannelOut]


class LetGoOut(BaseModel):
    """The account without its tokens, and what is to be known of the network's side of it."""

    channel: ChannelOut
    note: str | None


@router.get("/channels")
async def channels(call: Reading) -> ChannelsOut:
    """The accounts."""
    found = await standings.standings(call.session, organization_id=call.organization_id)
    return ChannelsOut(data=[_shown(each) for each in found])


@router.get("/channels/{account_id}")
async def channel(call: Reading, account_id: UUID) -> ChannelOut:
    """One account."""
    found = await standings.standing(call.session, organization_id=call.organization_id, account_id=account_id)
    return _shown(found)


@router.post("/channels/{account_id}/check")
async def check(request: Request, account_id: UUID) -> ChannelOut:
    """Ask the network now whether it lets the account in, unless it was asked within the last 15 seconds."""
    holder = await admitted(request, Role.ADMIN)
    key = (holder.organization_id, account_id)
    await looks.ask(database_of(request), http_of(request), [key], every=looks.ASK_NOW_EVERY)
    return await _one(request, *key)


@router.delete("/channels/{account_id}")
async def disconnect(request: Request, account_id: UUID) -> LetGoOut:
    """Erase the account's tokens, and tell the network. Posts and numbers stay."""
    holder = await admitted(request, Role.ADMIN)
    gone = await connecting.disconnect(
        database_of(request),
        holder.actor,
        http_of(request),
        organization_id=holder.organization_id,
        account_id=account_id,
    )
    return LetGoOut(channel=await _one(request, holder.organization_id, account_id), note=gone.note or None)


async def _one(request: Request, organization_id: UUID, account_id: UUID) -> ChannelOut:
    async with database_of(request).transaction(organization_id) as session:
        return _shown(await standings.standing(session, organization_id=organization_id, account_id=account_id))


def _shown(each: Standing) -> ChannelOut:
    account = each.account
    return ChannelOut(
        id=account.id,
        platform=account.platform,
        connector=account.connector,
        server=account.server,
        handle=account.handle,
        display_name=account.display_name,
        profile_url=account.profile_url,
        followers=account.followers,
        state=each.state,
        connected_since=each.since,
        access_ends_at=each.ends_at,
        renews_itself=each.renews,
        asked_at=each.asked_at,
        answer=each.answer or None,
        lacks=list(each.lacks),
        limits=each.limits or None,
        reason=account.error_message,
        advice=each.advice or None,
    )
