"""One piece: writing it, judging it, and everything that happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import aipromote.content.queries as content
import aipromote.content.review.queries as review
from aipromote import clock
from aipromote.assets.apart import MISSING, ffprobe
from aipromote.brand import queries as brand
from aipromote.brand.findings import standing
from aipromote.brand.queries import Judge
from aipromote.connectors import counting, limits, registry
from aipromote.content import actions, likeness, sending
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import AipromoteError, Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Approving, Editing, Stay, Viewing
from aipromote.languages import _
from aipromote.organizations.states import Role
from aipromote.scheduling import actions as scheduling
from aipromote.web import words
from aipromote.web.cards import accounts_by_id
from aipromote.web.findings import Mark, marked, shown_claims
from aipromote.web.journeys import journeys
from aipromote.web.render import page

router = APIRouter()

_NEAR = 0.9
_STANDING = frozenset({ContentStatus.APPROVED, ContentStatus.SCHEDULED, ContentStatus.FAILED})
"""Where a text has been approved, and may need it once more."""
EDITABLE = frozenset(ContentStatus) - {ContentStatus.PUBLISHED, ContentStatus.ARCHIVED}


@dataclass(frozen=True, slots=True)
class Count:
    """A text against its network's limit, in the network's own unit. `tone` is a class: "", "near" or "over"."""

    length: int
    max_length: int
    tone: str
    words: str


@router.get("/pieces/{piece_id}")
async def piece_page(request: Request, stay: Viewing, piece_id: UUID) -> Response:
    """The editor and the story of the piece."""
    piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
    return await shown(request, stay, piece)


@router.post("/pieces/{piece_id}")
async def save(
    request: Request,
    stay: Editing,
    piece_id: UUID,
    *,
    body: Annotated[str, Form()],
    based_on: Annotated[int, Form()],
    type: Annotated[ContentType | None, Form()] = None,  # noqa: A002 -- the word of the data model
) -> Response:
    """Keep the text as a new revision. If somebody changed it meanwhile, both texts are shown and none is lost."""
    text = body.replace("\r\n", "\n")
    try:
        async with stay.trying():
            await scheduling.edit_piece(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                piece_id=piece_id,
                body=text,
                based_on=based_on,
                type=type,
            )
    except (Conflict, InvalidInput) as refused:  # a stale revision is a conflict
        piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
        values: dict[str, Any] = {"text": text, "problem": refused.message}
        if isinstance(refused, Conflict):
            values["theirs"] = piece.body
        return await shown(request, stay, piece, status=refused.status, **values)
    return see_other(f"/pieces/{piece_id}", Notice(_("Saved. The new text needs an approval before it goes out.")))


@router.post("/pieces/{piece_id}/approve")
async def approve(
    stay: Approving,
    piece_id: UUID,
    revision: Annotated[int, Form()],
    override_reason: Annotated[str, Form()] = "",
) -> Response:
    """Approve this revision and give it a time. Findings that block need a reason, kept under the person's name."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    try:
        async with stay.trying():
            await actions.approve(
                stay.session,
                stay.actor,
                **mine,
                piece_id=piece_id,
                revision=revision,
                override_reason=override_reason.strip() or None,
            )
    except AipromoteError as refused:
        if refused.status == 404:  # noqa: PLR2004 -- nothing to go back to
            raise
        return see_other(f"/pieces/{piece_id}", _refused("Not approved.", refused, kept=override_reason))
    piece = await content.piece(stay.session, **mine, piece_id=piece_id)
    again = tuple(words.repetition(one) for one in await likeness.alike_to(stay.session, piece) if one.is_same_platform)
    if piece.status is not ContentStatus.APPROVED:  # what AIPromote had approved and scheduled keeps its post
        return see_other(f"/pieces/{piece_id}", Notice(_("Approved."), "careful" if again else "good", again))
    done = await scheduling.schedule_approved(stay.session, stay.actor, **mine, piece_ids=[piece_id])
    return see_other(f"/pieces/{piece_id}", _scheduled(done, stay.organization.time_zone, also=again))


@router.post("/pieces/{piece_id}/schedule")
async def schedule(stay: Approving, piece_id: UUID) -> Response:
    """Give an approved piece a time, once there is an account for it."""
    done = await scheduling.schedule_approved(
        stay.session, stay.actor, organization_id=stay.organization_id, piece_ids=[piece_id]
    )
    return see_other(f"/pieces/{piece_id}", _scheduled(done, stay.organization.time_zone))


@router.post("/pieces/{piece_id}/ask-changes")
async def ask_changes(
    stay: Approving, piece_id: UUID, revision: Annotated[int, Form()], note: Annotated[str, Form()] = ""
) -> Response:
    """Send it back to its author with a note."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    try:
        async with stay.trying():
            await scheduling.ask_changes(stay.session, stay.actor, **mine, revision=revision, note=note)
    except (Conflict, InvalidInput) as refused:
        return see_other(f"/pieces/{piece_id}", _refused("Not sent back.", refused, kept=note))
    return see_other(f"/pieces/{piece_id}", Notice(_("Sent back as a draft, with your note.")))


@router.post("/pieces/{piece_id}/submit")
async def submit(stay: Editing, piece_id: UUID) -> Response:
    """A draft is ready to be reviewed."""
    await actions.submit(stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id)
    return see_other(f"/pieces/{piece_id}", Notice(_("It waits for a review now.")))


@router.post("/pieces/{piece_id}/archive")
async def archive(stay: Editing, piece_id: UUID) -> Response:
    """Put it away. Nothing of it is published any more."""
    await scheduling.archive_piece(stay.session, stay.actor, organization_id=stay.organization_id, piece_id=piece_id)
    return see_other("/content", Notice(_("Archived. Nothing of it will be published.")))


@router.post("/pieces/{piece_id}/count")
async def count(stay: Viewing, piece_id: UUID, body: Annotated[str, Form()] = "") -> Response:
    """The length of a text that is being written, for the counter."""
    piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
    told = counted(body.replace("\r\n", "\n"), piece.platform)
    return JSONResponse({"length": told.length, "max_length": told.max_length, "tone": told.tone, "words": told.words})


def counted(text: str, platform: Platform) -> Count:
    """How long the text is for this network."""
    measure = counting.measure(text, limits.of(platform))
    tone = "over" if not measure.fits else "near" if measure.length > _NEAR * measure.max_length else ""
    left = f"{measure.left:,} left" if measure.fits else f"{max(1, -measure.left):,} too long"
    shown = f"{measure.length:,} of {measure.max_length:,} · {left}"
    return Count(measure.length, measure.max_length, tone, shown)


async def shown(request: Request, stay: Stay, piece: ContentPiece, *, status: int = 200, **values: Any) -> Response:
    """The page of the piece, with another `text` in its field and a `problem` where there is one."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece.id}
    accounts = await accounts_by_id(stay)
    account = next((one for one in accounts.values() if one.platform == piece.platform and one.is_active), None)
    values = {"text": piece.body, "problem": "", "theirs": None, **values}
    connector = registry.get(account.connector) if account and account.connector in registry.names() else None
    files = await sending.outcomes(stay.session, piece, connector=connector)
    editable = piece.status in EDITABLE
    judge = await brand.judge(stay.session, organization_id=stay.organization_id) if editable else None
    revisions, decisions, comments = await review.history(stay.session, **mine)
    return page(
        request,
        "piece.html",
        stay=stay,
        status=status,
        piece=piece,
        count=counted(values["text"], piece.platform),
        findings=_marks(judge, piece) if judge else [],
        claims=shown_claims(judge, piece.body, piece.planned_for or clock.now().date()) if judge else [],
        revisions=revisions,
        decisions=decisions,
        comments=comments,
        journeys=await journeys(stay, piece, accounts),
        alike=await likeness.alike_to(stay.session, piece) if editable else [],
        networks=[one for one in Platform if one is not Platform.SANDBOX],
        threadable=limits.of(piece.platform).max_parts > 1,
        threads=len(piece.parts) > 1,
        needs_a_person=judge is not None and piece.status in _STANDING and await _needs_a_person(stay, piece, judge),
        account=account,
        files=files,
        file_problems=sending.problems(piece, files, connector=connector) if files else [],
        taken=sending.taken(piece),
        video_help="" if ffprobe() else MISSING,
        editable=editable and stay.may(Role.EDITOR),
        parts=piece.parts if len(piece.parts) > 1 and values["text"] == piece.body else [],
        **values,
    )


async def _needs_a_person(stay: Stay, piece: ContentPiece, judge: Judge) -> bool:
    """Whether only the product approved the text and that counts no more, or something new blocks it."""
    key = (piece.id, piece.revision)
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "revisions": [key]}
    given = (await content.approvals_given(stay.session, **mine)).get(key)
    if given is None:
        return False
    if key not in await content.approvals_for(stay.session, **mine):
        return True
    found = content.findings_by(judge, piece)
    return bool(standing(found, piece.body, override_reason=given.override_reason, set_aside=given.set_aside))


def _marks(judge: Judge, piece: ContentPiece) -> list[Mark]:
    return [marked(finding, piece.body) for finding in content.findings_by(judge, piece)]


def _refused(what: str, error: AipromoteError, *, kept: str) -> Notice:
    """Why it was not done, with the words that the person wrote, so that they need not write them again."""
    return Notice(f"{what} {error.message}", "bad", (f"You wrote: {kept.strip()}",) if kept.strip() else ())


def _scheduled(done: scheduling.Result, zone: str, *, also: tuple[str, ...] = ()) -> Notice:
    """Whether the approved piece got a time, and whether it is the one that was planned."""
    if not done.scheduled:
        reasons = tuple(held.reason for held in done.held_back)
        return Notice(_("Approved, but it has no time yet."), "careful", (*reasons, *also))
    times = ", ".join(words.at(post.scheduled_at, zone) for post in done.scheduled)
    tone: Literal["good", "careful"] = "careful" if also else "good"
    return Notice(f"Approved. Goes out {times}.", tone, (*also, *done.moved.values()))
