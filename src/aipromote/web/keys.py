"""API keys: those that there are, a new one that is shown once, and taking one back."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.errors import InvalidInput, NotAllowed
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Stay, Viewing
from aipromote.languages import _, known
from aipromote.organizations import keys, queries
from aipromote.organizations.states import Role
from aipromote.web import members
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/keys"
_DAYS: Final = (30, 90, 365, 0)
"""How long a key may last; 0: without an end."""


@router.get(_PAGE)
async def keys_page(request: Request, stay: Viewing) -> Response:
    """The keys that a person may see: their own, and to administrators everybody's."""
    return await _shown(request, stay)


@router.post(_PAGE)
async def make(
    request: Request,
    stay: Viewing,
    name: Annotated[str, Form()] = "",
    role: Annotated[Role, Form()] = Role.VIEWER,
    days: Annotated[int, Form()] = 90,
) -> Response:
    """A new key, whose text is on this one answer and nowhere else."""
    written = {"name": name, "role": role, "days": days}
    ends = clock.now() + timedelta(days=days if days in _DAYS else _DAYS[0]) if days else None
    try:
        async with stay.trying():
            key, text = await keys.create(
                stay.session, stay.actor, organization_id=stay.organization_id, name=name, role=role, expires_at=ends
            )
    except (InvalidInput, NotAllowed) as refused:
        return await _shown(request, stay, status=refused.status, problem=known(refused.message), written=written)
    return await _shown(request, stay, made=key.name, text=text)


@router.post(_PAGE + "/{key_id}/revoke")
async def revoke(stay: Viewing, key_id: UUID) -> Response:
    """It opens nothing any more."""
    key = await keys.revoke(stay.session, stay.actor, organization_id=stay.organization_id, key_id=key_id)
    return see_other(_PAGE, Notice(_("The key “%(name)s” opens nothing any more.", name=key.name)))


async def _shown(
    request: Request,
    stay: Stay,
    *,
    status: int = 200,
    problem: str = "",
    written: dict[str, object] | None = None,
    made: str = "",
    text: str = "",
) -> Response:
    found = await queries.api_keys(stay.session, organization_id=stay.organization_id)
    people = {person.id: person for _, person in await queries.team(stay.session, organization_id=stay.organization_id)}
    return page(
        request,
        "keys.html",
        stay=stay,
        status=status,
        problem=problem,
        written=written or {"name": "", "role": Role.VIEWER, "days": 90},
        keys=[key for key in found if stay.may(Role.ADMIN) or key.user_id == stay.user.id],
        people=people,
        words=members.ROLES,
        roles=[stay.role, *members.below(stay.role, itself=False)],
        lasting=_DAYS,
        made=made,
        text=text,
    )
