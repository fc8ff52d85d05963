"""The team: who belongs to the organization, in which role, and who is invited."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.errors import Conflict, InvalidInput, NotAllowed
from aipromote.http import cookies
from aipromote.http.attempts import Allowance, Attempts, TooMany
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing
from aipromote.languages import _, known
from aipromote.organizations import invitations, queries, team
from aipromote.organizations.states import Role
from aipromote.scheduling import actions as scheduling
from aipromote.web import members
from aipromote.web.channels import own_address
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/team"
_INVITING = Allowance(tries=30, seconds=3600)
"""Letters that one person may cause."""


@router.get(_PAGE)
async def team_page(request: Request, stay: Viewing) -> Response:
    """Everybody, and what may be done with them."""
    return await _shown(request, stay)


@router.post(_PAGE + "/invite")
async def invite(
    request: Request,
    stay: Administering,
    email: Annotated[str, Form()] = "",
    role: Annotated[Role, Form()] = Role.EDITOR,
) -> Response:
    """Ask somebody to join. The link is shown this once, too, since many instances have no mail server."""
    try:
        await _spend(request, stay)
        async with stay.trying():
            made, link = await invitations.invite(
                stay.session, stay.actor, organization_id=stay.organization_id, email=email, role=role
            )
    except (Conflict, InvalidInput, NotAllowed, TooMany) as refused:
        return await _shown(request, stay, status=refused.status, problem=known(refused.message), written=(email, role))
    return await _shown(request, stay, invited=made.email, link=link)


@router.post(_PAGE + "/invitations/{invitation_id}/resend")
async def resend(request: Request, stay: Administering, invitation_id: UUID) -> Response:
    """Once more, for seven days."""
    try:
        await _spend(request, stay)
        async with stay.trying():
            made, link = await invitations.resend(
                stay.session, stay.actor, organization_id=stay.organization_id, invitation_id=invitation_id
            )
    except (Conflict, TooMany) as refused:
        return see_other(_PAGE, Notice(refused.message, "bad"))
    return await _shown(request, stay, invited=made.email, link=link)


@router.post(_PAGE + "/invitations/{invitation_id}/revoke")
async def revoke(stay: Administering, invitation_id: UUID) -> Response:
    """Take it back."""
    act = invitations.revoke(
        stay.session, stay.actor, organization_id=stay.organization_id, invitation_id=invitation_id
    )
    return await _done(stay, act, _("The invitation is taken back. Its link opens nothing any more."))


@router.post(_PAGE + "/members/{user_id}/role")
async def change_role(stay: Administering, user_id: UUID, role: Annotated[Role, Form()]) -> Response:
    """Another role, at once."""
    act = team.change_role(stay.session, stay.actor, organization_id=stay.organization_id, user_id=user_id, role=role)
    return await _done(stay, act, _("The role is changed. It counts from now on, also for their API keys."))


@router.post(_PAGE + "/members/{user_id}/remove")
async def remove(stay: Administering, user_id: UUID, sure: Annotated[bool, Form()] = False) -> Response:
    """They belong here no more."""
    act = scheduling.remove_member(stay.session, stay.actor, organization_id=stay.organization_id, user_id=user_id)
    told = _("They are removed. Their pages, API keys and links open nothing here any more.")
    return await _done(stay, act, told, sure=sure)


@router.post(_PAGE + "/members/{user_id}/hand-over")
async def hand_over(stay: Administering, user_id: UUID, sure: Annotated[bool, Form()] = False) -> Response:
    """Ownership goes to them; the owner becomes an administrator."""
    act = team.hand_over(stay.session, stay.actor, organization_id=stay.organization_id, user_id=user_id)
    return await _done(stay, act, _("The ownership is handed over. You are an administrator now."), sure=sure)


@router.post(_PAGE + "/leave")
async def leave(stay: Viewing, sure: Annotated[bool, Form()] = False) -> Response:
    """The person goes."""
    act = scheduling.leave_team(stay.session, stay.actor, organization_id=stay.organization_id)
    told = _("You have left %(name)s.", name=stay.organization.name)
    response = await _done(stay, act, told, sure=sure, to="/this-week")
    if response.headers["location"] == "/this-week":
        cookies.drop(response, cookies.ORGANIZATION)
    return response


async def _done(
    stay: Stay, act: Coroutine[Any, Any, object], told: str, *, sure: bool = True, to: str = _PAGE
) -> Response:
    """Do it and tell; or tell why not."""
    if not sure:
        act.close()
        return see_other(_PAGE, Notice(_("Tick the box to say that you are sure. Nothing was changed."), "careful"))
    try:
        async with stay.trying():
            await act
    except (Conflict, InvalidInput, NotAllowed) as refused:
        return see_other(_PAGE, Notice(known(refused.message), "bad"))
    return see_other(to, Notice(told))


async def _spend(request: Request, stay: Stay) -> None:
    attempts: Attempts = request.app.state.attempts
    await attempts.spend(_INVITING, "inviting", str(stay.user.id))


async def _shown(
    request: Request,
    stay: Stay,
    *,
    status: int = 200,
    problem: str = "",
    written: tuple[str, Role] = ("", Role.EDITOR),
    invited: str = "",
    link: str = "",
) -> Response:
    waiting = []
    if stay.may(Role.ADMIN):
        waiting = await queries.open_invitations(stay.session, organization_id=stay.organization_id)
    return page(
        request,
        "team.html",
        stay=stay,
        status=status,
        problem=problem,
        written={"email": written[0], "role": written[1]},
        members=await queries.team(stay.session, organization_id=stay.organization_id),
        waiting=waiting,
        words=members.ROLES,
        roles=members.below(stay.role),
        invited=invited,
        link=own_address(request, f"/join/{link}") if link else "",
    )
