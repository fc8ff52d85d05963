"""Feeds: read an address once, follow it, let it rest, go on, be looked at now, or be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from aipromote.api.calls import Call, Editing, Reading, acting_again, admitted
from aipromote.api.lists import Shown
from aipromote.content.feeds import actions, queries
from aipromote.content.feeds.importing import MOST, Imported, import_items
from aipromote.content.feeds.looking import look_at
from aipromote.documents.vocabulary import Platform
from aipromote.errors import InvalidInput
from aipromote.http.attempts import Allowance, Attempts
from aipromote.organizations.states import Role
from aipromote.reading.feeds.looking import Look
from aipromote.reading.turns import on_behalf_of

router = APIRouter()

_READING = Allowance(tries=40, seconds=3600)
"""Of addresses, for each person: the same as on the site, and counted together with it."""


class FeedOut(Shown):
    """A feed that is looked at every few hours. After ten failures in a row it is paused (`is_active` false)."""

    id: UUID
    address: str
    title: str | None
    platforms: list[Platform]
    newest: int
    every_hours: int
    is_active: bool
    next_check_at: datetime
    last_checked_at: datetime | None
    failures: int
    error_message: str | None


class FeedsOut(BaseModel):
    """All that are followed, the oldest first."""

    data: list[FeedOut]


class DraftOut(BaseModel):
    """A draft of an article, by the name of its network."""

    network: str
    piece_id: UUID


class ArticleOut(BaseModel):
    """An article that came in, with its drafts; without any, `reason` says why."""

    title: str
    link: str
    reason: str
    drafts: list[DraftOut]


class ArticlesOut(BaseModel):
    """What came in last, the newest first; at most twenty."""

    data: list[ArticleOut]


class ImportedOut(BaseModel):
    """What came of reading an address. `known` items had come in before, of `without_words` no draft could be made."""

    piece_ids: list[UUID]
    known: int
    without_words: int
    summary: str


class FollowedOut(BaseModel):
    """The feed, and what came of its newest items."""

    feed: FeedOut
    imported: ImportedOut


class Address(BaseModel):
    """A feed, a blog whose page names its feed, or (to import only) a single article. `newest` items become drafts."""

    address: Annotated[str, Field(min_length=1, max_length=2000)]
    platforms: Annotated[list[Platform], Field(max_length=20)]
    newest: Annotated[int, Field(ge=1, le=MOST)] = 5


class Followed(Address):
    """A feed that is to be looked at every so many hours."""

    every_hours: Annotated[int, Field(ge=actions.HOURS[0], le=actions.HOURS[-1])] = 6


@router.get("/feeds")
async def feeds(call: Reading) -> FeedsOut:
    """The feeds that are followed."""
    rows = await queries.feeds(call.session, organization_id=call.organization_id)
    return FeedsOut(data=[FeedOut.model_validate(row) for row in rows])


@router.get("/articles")
async def articles(call: Reading) -> ArticlesOut:
    """What came in last."""
    found = await queries.newest_articles(call.session, organization_id=call.organization_id)
    return ArticlesOut(
        data=[
            ArticleOut(
                title=one.title,
                link=one.link,
                reason=one.reason,
                drafts=[DraftOut(network=network, piece_id=piece_id) for network, piece_id in one.pieces],
            )
            for one in found
        ]
    )


@router.post("/feeds", status_code=201)
async def follow(request: Request, wanted: Followed) -> FollowedOut:
    """Follow this feed; its newest items become drafts at once. One that is followed already gets these choices."""
    look = await _looked(request, wanted, prefers_feed=True)
    async with acting_again(request, Role.EDITOR) as call:
        feed, imported = await actions.follow(
            call.session,
            call.actor,
            organization_id=call.organization_id,
            look=look,
            platforms=wanted.platforms,
            newest=wanted.newest,
            every_hours=wanted.every_hours,
        )
        return FollowedOut(feed=FeedOut.model_validate(feed), imported=_imported(imported))


@router.post("/feeds/import", status_code=201)
async def import_once(request: Request, wanted: Address) -> ImportedOut:
    """Make drafts of an address once. What came in before does not come again."""
    look = await _looked(request, wanted, prefers_feed=False)
    if look.reading is None:
        raise InvalidInput("Nothing came from this address.", field="address")
    async with acting_again(request, Role.EDITOR) as call:
        imported = await import_items(
            call.session,
            call.actor,
            organization_id=call.organization_id,
            reading=look.reading,
            platforms=wanted.platforms,
            newest=wanted.newest,
        )
        return _imported(imported)


@router.get("/feeds/{feed_id}")
async def feed(call: Reading, feed_id: UUID) -> FeedOut:
    """One feed."""
    row = await queries.feed(call.session, organization_id=call.organization_id, feed_id=feed_id)
    return FeedOut.model_validate(row)


@router.post("/feeds/{feed_id}/pause")
async def pause(call: Editing, feed_id: UUID) -> FeedOut:
    """Look at it no more for now."""
    return await _set_active(call, feed_id, is_active=False)


@router.post("/feeds/{feed_id}/resume")
async def resume(call: Editing, feed_id: UUID) -> FeedOut:
    """Look at it again, within minutes."""
    return await _set_active(call, feed_id, is_active=True)


@router.post("/feeds/{feed_id}/look")
async def look_now(call: Editing, feed_id: UUID) -> FeedOut:
    """Look at it within minutes. 409 while it is paused."""
    row = await actions.bring_forward(call.session, call.actor, organization_id=call.organization_id, feed_id=feed_id)
    return FeedOut.model_validate(row)


@router.delete("/feeds/{feed_id}", status_code=204)
async def unfollow(call: Editing, feed_id: UUID) -> None:
    """Follow it no more. Its drafts stay, and its items do not come twice."""
    await actions.unfollow(call.session, call.actor, organization_id=call.organization_id, feed_id=feed_id)


async def _set_active(call: Call, feed_id: UUID, *, is_active: bool) -> FeedOut:
    row = await actions.set_active(
        call.session, call.actor, organization_id=call.organization_id, feed_id=feed_id, is_active=is_active
    )
    return FeedOut.model_validate(row)


async def _looked(request: Request, wanted: Address, *, prefers_feed: bool) -> Look:
    """Read the address, with no transaction open."""
    holder = await admitted(request, Role.EDITOR)
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_READING, "reading", str(holder.actor.user_id))
    with on_behalf_of(holder.organization_id):
        return await look_at(wanted.address, prefers_feed=prefers_feed)


def _imported(imported: Imported) -> ImportedOut:
    return ImportedOut(
        piece_ids=[piece.id for piece in imported.pieces],
        known=imported.known,
        without_words=imported.without_words,
        summary=imported.summary,
    )
