"""What a person can do about each kind of risk, and where."""

from __future__ import annotations

from uuid import UUID

from aipromote.publishing.risks import Risk

_PIECE = "/pieces/{piece}"
_CHANNELS = "/channels"
_REMEDIES: dict[str, tuple[str, str]] = {
    "archived": ("Cancel the post, or schedule another one.", _PIECE),
    "edited": ("Approve the new text and schedule it.", _PIECE),
    "unapproved": ("Approve it.", _PIECE),
    "expired": ("Move it to an earlier time.", _PIECE),
    "not_connected": ("Connect the account.", _CHANNELS),
    "token": ("Connect the account again.", _CHANNELS),
    "scopes": ("Connect the account again and allow everything that is asked for.", _CHANNELS),
    "wrong_platform": ("Cancel it, and schedule it for an account of the right network.", _PIECE),
    "too_long": ("Shorten the text.", _PIECE),
    "too_many_parts": ("Make the thread shorter.", _PIECE),
    "needs_media": ("Add a picture or video, or cancel the post.", _PIECE),
    "needs_title": ("Give it a title.", _PIECE),
    "too_many_files": ("Take some of the files away.", _PIECE),
    "file_gone": ("Attach the file again.", _PIECE),
    "file_unreadable": ("Ask whoever runs this instance to look at its data folder.", _PIECE),
    "file_damaged": ("Attach the file again.", _PIECE),
    "file_unfit": ("Attach another file.", _PIECE),
    "file_unreachable": ("Ask whoever runs this instance to give it a public address (AIPROMOTE_PUBLIC_URL).", _PIECE),
    "file_type": ("Attach the file again, in the right format.", _PIECE),
    "finding": ("Change the text, or approve it again with a reason.", _PIECE),
    "duplicate": ("Change the text, or cancel this post.", _PIECE),
    "plan_limit": ("Move it to next month, or choose a larger plan.", _PIECE),
    "closed_account": ("Move it to a later time.", _PIECE),
    "quota": ("Move this post, or another one of the account.", _PIECE),
    "late": ("Move it to a later time.", _PIECE),
    "held": ("Let publishing go on: the button is at the top of every page.", "/this-week"),
}
KINDS = frozenset(_REMEDIES)
"""Every kind of risk there is."""


def risk(kind: str, reason: str, *, piece_id: UUID) -> Risk:
    """A risk with what to do about it. Raises KeyError for a kind that nobody thought of."""
    remedy, path = _REMEDIES[kind]
    return Risk(kind=kind, reason=reason, remedy=remedy, path=path.format(piece=piece_id))
