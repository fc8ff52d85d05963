"""What a series lacks so that its next parts go out, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from aipromote.content.models import Series
from aipromote.content.series.queries import PartAndPiece
from aipromote.content.states import ContentStatus, SeriesStatus
from aipromote.documents.vocabulary import Platform
from aipromote.languages import _, ngettext

MOVABLE: Final = frozenset({ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.APPROVED})
"""A part with such a text, or without one, can be put on another day."""


def missing(
    series: Series, parts: Sequence[PartAndPiece], *, today: date, connected: Collection[Platform]
) -> list[tuple[str, str, str]]:
    """What to do next: a sentence, and where to do it with the words on the link (empty where it needs nobody)."""
    if series.status in {SeriesStatus.COMPLETED, SeriesStatus.CANCELLED}:
        return []
    found = []
    of = {status: [one for one in parts if one.piece and one.piece.status is status] for status in ContentStatus}
    if waiting := of[ContentStatus.PENDING_REVIEW]:
        text = ngettext("%(num)s part waits for your review.", "%(num)s parts wait for your review.", len(waiting))
        found.append((text, f"/content?status=pending_review&series={series.id}", _("Read them")))
    if drafts := of[ContentStatus.DRAFT]:
        text = ngettext("%(num)s part is a draft.", "%(num)s parts are drafts.", len(drafts))
        found.append((text, f"/content?status=draft&series={series.id}", _("Finish them")))
    if series.platform not in connected and series.platform is not Platform.SANDBOX:
        text = _("No %(network)s account is connected, so that approved parts wait.", network=series.platform.label)
        found.append((text, "/channels", _("Connect")))
    late = [one for one in parts if one.day < today and (one.piece is None or one.piece.status in MOVABLE)]
    if late:
        text = ngettext(
            "The day of %(num)s part has passed. Give it another one below.",
            "The days of %(num)s parts have passed. Give them others below.",
            len(late),
        )
        found.append((text, f"#part-{late[0].part.number}", _("Show it")))
    stuck = [one for one in parts if one.part.problem]
    if stuck:
        text = ngettext(
            "%(num)s part cannot be written; below it stands why.",
            "%(num)s parts cannot be written; below each stands why.",
            len(stuck),
        )
        found.append((text, f"#part-{stuck[0].part.number}", _("Show it")))
    ahead = [one for one in parts if one.piece is None and not one.part.problem]
    if ahead and series.status is SeriesStatus.ACTIVE:
        text = ngettext(
            "%(num)s part is not written yet. It is written two weeks before its day.",
            "%(num)s parts are not written yet. Each is written two weeks before its day.",
            len(ahead),
        )
        found.append((text, "", ""))
    return found
