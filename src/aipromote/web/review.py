"""The page of a reviewer without an account. Opening it decides nothing: mail scanners open links, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

import aipromote.content.queries as content
import aipromote.content.review.queries as review
import aipromote.organizations.queries as organizations
from aipromote import clock
from aipromote.assets import storage
from aipromote.assets.models import Asset
from aipromote.assets.sniffing import PICTURES, VIDEOS
from aipromote.brand import queries as brand
from aipromote.brand.queries import Judge
from aipromote.channels import queries as channels
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.review import deciding, links
from aipromote.content.review.links import Guest
from aipromote.content.review.models import Comment
from aipromote.content.states import ContentStatus
from aipromote.errors import AipromoteError, NotFound
from aipromote.http.attempts import Allowance, Attempts
from aipromote.http.clients import tries_of
from aipromote.http.notices import Notice, see_other
from aipromote.http.ranges import streamed
from aipromote.http.visits import database_of
from aipromote.languages import _, known
from aipromote.scheduling import actions as scheduling
from aipromote.web import words
from aipromote.web.findings import Claimed, Mark, marked, shown_claims
from aipromote.web.numbers import Revision
from aipromote.web.render import page

router = APIRouter()

_UNKNOWN = Allowance(tries=20, seconds=300)
"""Of tokens that open nothing, by each address."""
_ASKED = Allowance(tries=240, seconds=300)
"""Of pages and forms, by each address. Pictures come by their page and are not counted."""
_UNDECIDED = frozenset({ContentStatus.PENDING_REVIEW})
_DECIDED = frozenset({ContentStatus.APPROVED, ContentStatus.SCHEDULED, ContentStatus.FAILED})
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that came with a link that opens."""

    request: Request
    session: AsyncSession
    guest: Guest
    token: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One post as the reviewer sees it."""

    piece: ContentPiece
    name: str
    handle: str
    findings: list[Mark]
    claims: list[Claimed]
    comments: Sequence[Comment]
    approval: Approval | None
    by_this_link: bool

    @property
    def is_stopped(self) -> bool:
        """Whether a check stops it, which a link cannot set aside."""
        return any(one.blocks for one in self.findings)

    @property
    def waits(self) -> bool:
        """Whether it is to be decided about."""
        return self.piece.status in _UNDECIDED

    @property
    def is_approved(self) -> bool:
        """Whether somebody has approved this text, and it is not out yet."""
        return self.piece.status in _DECIDED and self.approval is not None


@asynccontextmanager
async def _let_in(
    request: Request, token: str, *, to_act: bool = False, is_counted: bool = True
) -> AsyncIterator[Visit]:
    """Who comes, in one transaction, or NotFound. Counted by the client's address."""
    attempts: Attempts = request.app.state.attempts
    address = tries_of(request)
    if is_counted:
        await attempts.spend(_ASKED, "review", address)
    async with database_of(request).transaction() as session:
        try:
            guest = await links.admit(session, token=token, to_act=to_act)
        except NotFound:
            await attempts.spend(_UNKNOWN, "review-unknown", address)
            raise
        yield Visit(request, session, guest, token)


@router.get("/review/{token}")
async def review_page(request: Request, token: str) -> Response:
    """The posts of the link as they will look, with what is known about them."""
    async with _let_in(request, token) as visit:
        return await _page(visit)


@router.post("/review/{token}/pieces/{piece_id}/approve")
async def approve(request: Request, token: str, piece_id: UUID, revision: Revision) -> Response:
    """Approve exactly the revision that was on the page."""
    async with _let_in(request, token, to_act=True) as visit:
        try:
            async with visit.session.begin_nested():
                done = await scheduling.approve_by_link(
                    visit.session, visit.guest, piece_id=piece_id, revision=revision
                )
        except AipromoteError as refused:
            return _refused(token, piece_id, refused)
        zone = (await organizations.organization(visit.session, organization_id=visit.guest.organization_id)).time_zone
    times = ", ".join(words.at(post.scheduled_at, zone) for post in done.scheduled)
    told = _("Approved. It goes out %(when)s.", when=times) if times else _("Approved.")
    return see_other(f"/review/{token}#piece-{piece_id}", Notice(told))


@router.post("/review/{token}/pieces/{piece_id}/ask-changes")
async def ask_changes(
    request: Request, token: str, piece_id: UUID, revision: Revision, note: Annotated[str, Form()] = ""
) -> Response:
    """Send it back with a note."""
    async with _let_in(request, token, to_act=True) as visit:
        try:
            async with visit.session.begin_nested():
                await scheduling.ask_changes_by_link(
                    visit.session, visit.guest, piece_id=piece_id, revision=revision, note=note
                )
        except AipromoteError as refused:
            return await _again(visit, piece_id, refused, note=note)
    return see_other(f"/review/{token}#piece-{piece_id}", Notice(_("Sent back, with your note.")))


@router.post("/review/{token}/pieces/{piece_id}/comment")
async def comment(
    request: Request,
    token: str,
    piece_id: UUID,
    *,
    revision: Revision,
    said: Annotated[str, Form()] = "",
    quote: Annotated[str, Form()] = "",
) -> Response:
    """Say something about the revision that was on the page."""
    async with _let_in(request, token, to_act=True) as visit:
        try:
            async with visit.session.begin_nested():
                await deciding.comment(
                    visit.session, visit.guest, piece_id=piece_id, revision=revision, said=said, quote=quote
                )
        except AipromoteError as refused:
            return await _again(visit, piece_id, refused, said=said, quote=quote)
    return see_other(f"/review/{token}#piece-{piece_id}", Notice(_("Your comment was handed on.")))


@router.post("/review/{token}/comments/{comment_id}/remove")
async def take_back(request: Request, token: str, comment_id: UUID) -> Response:
    """Delete a comment of this very link."""
    async with _let_in(request, token, to_act=True) as visit:
        await deciding.take_back(visit.session, visit.guest, comment_id=comment_id)
    return see_other(f"/review/{token}", Notice(_("Your comment is deleted.")))


@router.get("/review/{token}/pieces/{piece_id}/pictures/{asset_id}")
async def picture(request: Request, token: str, piece_id: UUID, asset_id: UUID) -> Response:
    """A picture or video of a post that the link shows."""
    async with _let_in(request, token, is_counted=False) as visit:
        piece = await deciding.piece_for(visit.session, visit.guest, piece_id=piece_id)
        files = await review.files_of(visit.session, organization_id=visit.guest.organization_id, pieces=[piece])
    asset = files.get(asset_id)
    if asset is None or asset.mime_type not in PICTURES | VIDEOS:
        raise NotFound("This picture is not attached.")
    try:
        size = await storage.size(asset.storage_key, bucket=asset.bucket)
    except FileNotFoundError:
        raise NotFound("The file of this picture is gone.") from None
    headers = {"Cache-Control": "private, no-store"}  # the link may be dead in a minute
    place = {"bucket": asset.bucket, "mime_type": asset.mime_type}
    return streamed(request, asset.storage_key, **place, size=size, headers=headers)


async def _page(visit: Visit, *, status: int = 200, **values: Any) -> Response:
    session, guest = visit.session, visit.guest
    mine = {"organization_id": guest.organization_id}
    organization = await organizations.organization(session, **mine)
    pieces = await review.pieces_of(session, **mine, link_id=guest.link.id)
    shown, files = await _shown(session, guest, pieces, name=organization.name)
    return page(
        visit.request,
        "review.html",
        status=status,
        token=visit.token,
        link=guest.link,
        maker=guest.maker,
        organization=organization.name,
        zone=organization.time_zone,
        shown=shown,
        files=files,
        waiting=[one for one in shown if one.waits],
        drafted={"piece_id": None, "said": "", "quote": "", "note": "", "field": "", "problem": "", **values},
    )


async def _shown(
    session: AsyncSession, guest: Guest, pieces: Sequence[ContentPiece], *, name: str
) -> tuple[list[Shown], dict[UUID, Asset]]:
    mine = {"organization_id": guest.organization_id}
    judge = await brand.judge(session, **mine)
    accounts = {one.platform: one for one in await channels.accounts(session, organization_id=guest.organization_id)}
    keys = [(one.id, one.revision) for one in pieces]
    given = await content.approvals_for(session, **mine, revisions=keys)
    comments = await review.comments_by_link(session, **mine, link_id=guest.link.id)
    shown = []
    for piece in pieces:
        account = accounts.get(piece.platform)
        approval = given.get((piece.id, piece.revision))
        marks, claims = _judged(judge, piece)
        shown.append(
            Shown(
                piece,
                (account.display_name or account.handle) if account else name,
                account.handle if account else "",
                marks,
                claims,
                comments.get(piece.id, ()),
                approval,
                approval is not None and approval.review_link_id == guest.link.id,
            )
        )
    return shown, await review.files_of(session, **mine, pieces=pieces)


def _judged(judge: Judge, piece: ContentPiece) -> tuple[list[Mark], list[Claimed]]:
    """What the check says, as long as the text can still change."""
    if piece.status not in _UNDECIDED | _DECIDED | {ContentStatus.DRAFT}:
        return [], []
    day: date = piece.planned_for or clock.now().date()
    marks = [marked(one, piece.body) for one in content.findings_by(judge, piece)]
    return marks, shown_claims(judge, piece.body, day)


async def _again(visit: Visit, piece_id: UUID, refused: AipromoteError, **written: str) -> Response:
    """The page once more, with what was written still in its field."""
    if refused.status == _NOT_FOUND:
        raise refused
    told = {"piece_id": piece_id, "problem": refused.message, "field": refused.field or ""}
    return await _page(visit, status=refused.status, **told, **written)


def _refused(token: str, piece_id: UUID, refused: AipromoteError) -> Response:
    if refused.status == _NOT_FOUND:
        raise refused
    return see_other(
        f"/review/{token}#piece-{piece_id}", Notice(_("Not approved. %(why)s", why=known(refused.message)), "bad")
    )
