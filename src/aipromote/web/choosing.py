"""What is done with posts that were chosen in the library: approve, ask for review, archive, another pillar."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import Field
from starlette.responses import Response

import aipromote.content.actions as content
import aipromote.content.queries as pieces
from aipromote.db import paging
from aipromote.errors import InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay
from aipromote.languages import _, lazy, ngettext
from aipromote.scheduling import actions
from aipromote.web import words
from aipromote.web.filters import Asked

router = APIRouter()

Chosen = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}:\d{1,9}$")]
"""A piece and the revision of it that was on the page: `id:revision`."""
Only = Annotated[str, Field(pattern=r"^(|[a-z]{1,20}:[0-9a-f-]{36}:\d{1,9})$")]
"""A verb and one piece, from the button in its own row."""
_CHANGED = lazy("Its text was changed after you opened the page. Please read it again.")


class Act(StrEnum):
    """What can be done with several at once."""

    APPROVE = "approve"
    SUBMIT = "submit"
    ARCHIVE = "archive"
    RESTORE = "restore"
    PILLAR = "pillar"


@router.post("/content/chosen")
async def chosen(
    stay: Editing,
    *,
    piece: Annotated[list[Chosen] | None, Form()] = None,
    act: Annotated[str, Form()] = "",
    only: Annotated[Only, Form()] = "",
    pillar: Annotated[str, Form()] = "",
    kept: Annotated[str, Form()] = "",
) -> Response:
    """Do it with those that can take it; of the others it is said why not. Leads back to the same list."""
    back = Asked.again(kept).address()
    if only:
        act, _colon, one = only.partition(":")
        piece = [one]
    if not piece:
        return see_other(back, Notice(_("Nothing was chosen. Tick the posts first."), "careful"))
    if len(piece) > paging.MOST:
        return see_other(back, Notice(_("At most %(most)s posts at once.", most=paging.MOST), "bad"))
    revisions = dict(_parted(one) for one in piece)
    return see_other(back, await _done(stay, _act(act), revisions, pillar))


async def _done(stay: Stay, act: Act, revisions: dict[UUID, int], pillar: str) -> Notice:
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    if act is Act.APPROVE:
        return await _approved(stay, revisions)
    if act is Act.PILLAR:
        moved = await content.change_pillar(
            stay.session, stay.actor, **mine, piece_ids=revisions, pillar_id=_pillar(pillar)
        )
        return Notice(
            ngettext(
                "%(num)s post is under another pillar now.", "%(num)s posts are under another pillar now.", len(moved)
            )
        )
    verb = {Act.SUBMIT: actions.submit_pieces, Act.ARCHIVE: actions.archive_pieces, Act.RESTORE: actions.restore_pieces}
    refused = await verb[act](stay.session, stay.actor, **mine, piece_ids=revisions)
    done = len(revisions) - len(refused)
    said = {
        Act.SUBMIT: ngettext("%(num)s post waits for a review.", "%(num)s posts wait for a review.", done),
        Act.ARCHIVE: ngettext(
            "%(num)s post is archived. Nothing of it will be published.",
            "%(num)s posts are archived. Nothing of them will be published.",
            done,
        ),
        Act.RESTORE: ngettext(
            "%(num)s post is out of the archive and waits for a review.",
            "%(num)s posts are out of the archive and wait for a review.",
            done,
        ),
    }
    return _told(said[act], refused)


async def _approved(stay: Stay, revisions: dict[UUID, int]) -> Notice:
    """Only the texts that were on the page, so that nothing is approved unseen, and only what is clear."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    rows = await pieces.pieces_by_id(stay.session, **mine, piece_ids=revisions)
    seen = [row.id for row in rows.values() if row.revision == revisions[row.id]]
    changed = [row for row in rows.values() if row.revision != revisions[row.id]]
    done = await actions.approve_and_schedule(stay.session, stay.actor, **mine, piece_ids=seen)
    done.held_back.extend(actions.HeldBack(row.id, words.first_line(row.body, 60), str(_CHANGED)) for row in changed)
    text = ngettext(
        "%(num)s post is approved and scheduled.", "%(num)s posts are approved and scheduled.", len(done.scheduled)
    )
    return _told(text, done.held_back)


def _told(text: str, refused: list[actions.HeldBack]) -> Notice:
    if not refused:
        return Notice(text)
    more = ngettext("%(num)s is held back:", "%(num)s are held back:", len(refused))
    return Notice(f"{text} {more}", "careful", tuple(f"{one.title}: {one.reason}" for one in refused))


def _parted(one: str) -> tuple[UUID, int]:
    key, _colon, revision = one.partition(":")
    try:
        return UUID(key), int(revision)
    except ValueError:
        raise InvalidInput("There is no such piece.", field="piece") from None


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise InvalidInput("There is no such act.", field="act") from None


def _pillar(text: str) -> UUID | None:
    if text == "none":
        return None
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput("Choose a pillar first.", field="pillar") from None
