"""Links for reviewers without an account: GET and POST /review-links, POST /review-links/{id}/revoke."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from aipromote import settings
from aipromote.api.calls import Commenting, Overseeing
from aipromote.content.review import links, queries
from aipromote.content.review.models import ReviewLink

router = APIRouter()


class LinkOut(BaseModel):
    """A link and what it was used for. `ended` says why it opens nothing any more; null while it does."""

    id: UUID
    reviewer: str
    email: str | None
    may_approve: bool
    made_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    ended: str | None
    pieces: int
    approved: int
    sent_back: int
    comments: int


class LinksOut(BaseModel):
    """The newest hundred, the newest first."""

    data: list[LinkOut]


class LinkIn(BaseModel):
    """Whom to show which pieces, for 3, 7 or 30 days. `may_approve` takes a person on the page, not a key."""

    reviewer: str = Field(max_length=80)
    pieces: list[UUID] = Field(max_length=links.MOST_PIECES)
    days: int = 7
    may_approve: bool = False


class Made(BaseModel):
    """The new link. Its address is told this once."""

    id: UUID
    reviewer: str
    may_approve: bool
    expires_at: datetime
    address: str


class Revoked(BaseModel):
    """When it ended."""

    id: UUID
    revoked_at: datetime | None


@router.get("/review-links")
async def listed(call: Overseeing) -> LinksOut:
    """Links, without what would open them."""
    found = await queries.links(call.session, organization_id=call.organization_id)
    return LinksOut(data=[_out(one) for one in found])


@router.post("/review-links", status_code=201)
async def make(request: Request, call: Commenting, wanted: LinkIn) -> Made:
    """A link to comment, in the name of the key's person. No letter goes out: hand the address over."""
    row, token = await links.make(
        call.session,
        call.actor,
        organization_id=call.organization_id,
        reviewer=wanted.reviewer,
        piece_ids=wanted.pieces,
        days=wanted.days,
        may_approve=wanted.may_approve,
    )
    home = (settings.get().public_url or str(request.base_url)).rstrip("/")
    told = {"id": row.id, "reviewer": row.reviewer, "may_approve": row.may_approve, "expires_at": row.expires_at}
    return Made(**told, address=f"{home}/review/{token}")


@router.post("/review-links/{link_id}/revoke")
async def revoke(call: Commenting, link_id: UUID) -> Revoked:
    """It opens nothing from now on. Doing it again changes nothing."""
    row: ReviewLink = await links.revoke(
        call.session, call.actor, organization_id=call.organization_id, link_id=link_id
    )
    return Revoked(id=row.id, revoked_at=row.revoked_at)


def _out(one: queries.Link) -> LinkOut:
    row = one.row
    return LinkOut(
        id=row.id,
        reviewer=row.reviewer,
        email=row.email,
        may_approve=row.may_approve,
        made_by=one.maker,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        ended=one.ended or None,
        pieces=one.pieces,
        approved=one.approved,
        sent_back=one.sent_back,
        comments=one.comments,
    )
