"""Every part of the pages in every state, on one page: to look at, and for tests that compare pictures of it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.accounts.states import UserRole
from aipromote.content.states import ContentStatus
from aipromote.errors import NotFound
from aipromote.http.visits import Viewing
from aipromote.publishing.states import PostStatus
from aipromote.strategy.states import StrategyStatus
from aipromote.web import words
from aipromote.web.render import icons, page

router = APIRouter()

_SIZES: Final = (12, 13, 14, 16, 20, 24, 32)
_DISTANCES: Final = (4, 8, 12, 16, 24, 32, 64)
_TONES: Final = ("draft", "review", "scheduled", "published", "risk", "failed", "simulated")
_GROUNDS: Final = ("ground", "rail", "raised", "sunken", "hover")


@router.get("/design")
async def design(request: Request, stay: Viewing) -> Response:
    """For administrators of the instance, and for everybody who develops it. Raises NotFound."""
    if stay.user.role is not UserRole.ADMIN and settings.get().environment != "development":
        raise NotFound("There is no such page.")
    states = {
        name: {words.state_of(one) for one in statuses}
        for name, statuses in (("Texts", ContentStatus), ("Posts", PostStatus), ("Strategies", StrategyStatus))
    }
    return page(
        request,
        "design.html",
        stay=stay,
        sizes=_SIZES,
        distances=_DISTANCES,
        tones=_TONES,
        grounds=_GROUNDS,
        states={name: sorted(found, key=lambda one: one.word) for name, found in states.items()},
        icons=sorted(icons()),
    )
