"""The one way in which a piece changes its status."""

from __future__ import annotations

from aipromote.content.models import ContentPiece
from aipromote.content.states import MOVES, ContentStatus
from aipromote.errors import Conflict


def move(piece: ContentPiece, *, to: ContentStatus) -> None:
    """Change the status of a piece whose row is locked; nothing where it has it already. Raises Conflict."""
    if to is piece.status:
        return
    if to not in MOVES[piece.status]:
        raise Conflict(f"This piece is {words(piece.status)} and cannot become {words(to)}.")
    piece.status = to


def words(status: ContentStatus) -> str:
    """The status as people read it."""
    return status.value.lower().replace("_", " ")
