"""The page of one piece: its text, how it will look, what the check says, and everything that happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import aipromote.content.queries as content
import aipromote.content.review.queries as review
from aipromote import clock
from aipromote.assets.apart import MISSING, ffprobe
from aipromote.brand import queries as brand
from aipromote.brand.findings import standing
from aipromote.brand.queries import Judge
from aipromote.channels.models import SocialAccount
from aipromote.connectors import limits, registry
from aipromote.content import likeness, sending
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus, VariantStatus
from aipromote.documents.vocabulary import Platform
from aipromote.http.forms import form_token
from aipromote.http.visits import Stay, Viewing
from aipromote.organizations.states import Role
from aipromote.web import words
from aipromote.web.cards import accounts_by_id
from aipromote.web.differences import between
from aipromote.web.findings import marked, shown_claims
from aipromote.web.journeys import journeys
from aipromote.web.previews import NETWORKS, account_for, is_titled, parts_of, preview_of
from aipromote.web.render import page

router = APIRouter()

_STANDING = frozenset({ContentStatus.APPROVED, ContentStatus.SCHEDULED, ContentStatus.FAILED})
"""Where a text has been approved, and may need it once more."""
EDITABLE = frozenset(ContentStatus) - {ContentStatus.PUBLISHED, ContentStatus.ARCHIVED}


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody is writing and has not saved. `title` None: the piece's own."""

    text: str
    title: str | None = None


@router.get("/pieces/{piece_id}")
async def piece_page(
    request: Request,
    stay: Viewing,
    piece_id: UUID,
    network: Platform | None = None,
) -> Response:
    """The editor and the story of the piece; the preview on another `network`, where one is named."""
    piece = await content.piece(stay.session, organization_id=stay.organization_id, piece_id=piece_id)
    return await shown(request, stay, piece, network=network)


@router.get("/pieces/{piece_id}/state")
async def state(request: Request, stay: Viewing, piece_id: UUID) -> Response:
    """What a page that was opened a while ago wants to know: is the text still the same, who am I, may I still write.

    The form token is as fresh as the session, so that a text can be saved after somebody signed in again elsewhere.
    """
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece_id}
    piece = await content.piece(stay.session, **mine)
    newest = await content.revision(stay.session, **mine, number=piece.revision)
    zone = stay.organization.time_zone
    told = {
        "revision": piece.revision,
        "by": newest.author,
        "at": words.at(newest.created_at, zone),
        "person": str(stay.user.id),
        "csrf": form_token(request, organization_id=stay.organization_id),
        "editable": piece.status in EDITABLE and stay.may(Role.EDITOR),
    }
    return JSONResponse(told)


async def shown(
    request: Request,
    stay: Stay,
    piece: ContentPiece,
    *,
    status: int = 200,
    network: Platform | None = None,
    title: str | None = None,
    **values: Any,
) -> Response:
    """The page of the piece, with another `text` in its field and a `problem` where there is one."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id, "piece_id": piece.id}
    accounts = await accounts_by_id(stay)
    values = {"text": piece.body, "problem": "", "theirs": None, **values}
    draft = Draft(values["text"], title)
    account = account_for(accounts, piece.platform)
    connector = registry.get(account.connector) if account and account.connector in registry.names() else None
    files = await sending.outcomes(stay.session, piece, connector=connector)
    editable = piece.status in EDITABLE
    judge = await judge_of(stay) if editable else None
    revisions, decisions, comments = await review.history(stay.session, **mine)
    return page(
        request,
        "piece.html",
        stay=stay,
        status=status,
        piece=piece,
        **looked_at(stay, piece, draft, judge=judge, network=network, accounts=accounts, files=files),
        title=piece.title or "" if title is None else title,
        conflict=between(values["theirs"], draft.text) if values["theirs"] is not None else None,
        revisions=revisions,
        decisions=decisions,
        comments=comments,
        journeys=await journeys(stay, piece, accounts),
        alike=await likeness.alike_to(stay.session, piece) if editable else [],
        variants=await _variants(stay, piece) if editable else [],
        threadable=limits.of(piece.platform).max_parts > 1,
        threads=len(piece.parts) > 1,
        needs_a_person=judge is not None and piece.status in _STANDING and await _needs_a_person(stay, piece, judge),
        account=account,
        own_accounts=[one for one in accounts.values() if one.platform == piece.platform and one.is_active],
        files=files,
        file_problems=sending.problems(piece, files, connector=connector) if files else [],
        taken=sending.taken(piece),
        titled=is_titled(piece.platform),
        can=registry.capabilities(piece.platform),
        video_help="" if ffprobe() else MISSING,
        editable=editable and stay.may(Role.EDITOR),
        **values,
    )


async def judge_of(stay: Stay) -> Judge:
    """Rules and facts, in one statement."""
    return (await brand.judges(stay.session, organization_ids=[stay.organization_id]))[stay.organization_id]


def looked_at(
    stay: Stay,
    piece: ContentPiece,
    draft: Draft,
    *,
    judge: Judge | None,
    network: Platform | None,
    accounts: dict[UUID, SocialAccount],
    files: dict[UUID, sending.Outcome],
) -> dict[str, Any]:
    """What depends on the words in the field: the preview with its count, and the findings and claims.

    The check is the saved text's own rule: for the piece's network and the day it is planned for.
    """
    preview = preview_of(
        piece,
        draft.text,
        title=draft.title,
        platform=network,
        accounts=accounts,
        organization=stay.organization.name,
        files=files,
    )
    own = preview if preview.platform is piece.platform else None
    if own is None:
        own = preview_of(
            piece, draft.text, title=draft.title, accounts=accounts, organization=stay.organization.name, files=files
        )
    parts = parts_of(piece, draft.text, piece.platform)
    found = (
        content.findings_of(judge, piece, body=draft.text, parts=parts, title=draft.title) if judge is not None else []
    )
    day = piece.planned_for or clock.now().date()
    return {
        "preview": preview,
        "networks": NETWORKS,
        "count": own.count,
        "findings": [marked(finding, draft.text) for finding in found],
        "claims": shown_claims(judge, draft.text, day) if judge else [],
    }


async def _variants(stay: Stay, piece: ContentPiece) -> list[Any]:
    found = await content.variants(stay.session, organization_id=stay.organization_id, piece_id=piece.id)
    return [one for one in found if one.status is VariantStatus.PROPOSED]


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
