"""A post written by hand, from nothing or from a template; and the templates and signatures themselves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

import aipromote.brand.queries as brand
import aipromote.content.queries as content
from aipromote import clock
from aipromote.ai.offline.material import holding
from aipromote.connectors import limits
from aipromote.connectors.capabilities import MEGABYTE
from aipromote.content import actions, templating
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.errors import InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay
from aipromote.languages import _
from aipromote.web.render import page

router = APIRouter(max_body_size=2 * MEGABYTE)
"""As for saving: a form writes a character of four bytes as twelve."""

_NETWORKS = [one for one in Platform if one is not Platform.SANDBOX]


@router.get("/content/new")
async def new_page(
    request: Request,
    stay: Editing,
    *,
    template: UUID | None = None,
    platform: Platform | None = None,
    fact: str = "",
    day: date | None = None,
) -> Response:
    """An empty form, or one that a template has filled as far as its places are known."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    chosen = await content.template(stay.session, **mine, template_id=template) if template else None
    body = ""
    if chosen is not None:
        body = templating.filled(chosen.body, templating.values_of(stay.organization.brief, fact=fact))
    wanted = platform or (chosen.platform if chosen else None) or Platform.LINKEDIN
    filled: dict[str, Any] = {"body": body, "platform": wanted, "chosen": chosen.id if chosen else None, "fact": fact}
    return await _form(request, stay, **filled, planned_for=day or "")


@router.post("/content/new")
async def write(
    request: Request,
    stay: Editing,
    *,
    platform: Annotated[Platform, Form()],
    body: Annotated[str, Form()] = "",
    pillar: Annotated[str, Form()] = "",
    planned_for: Annotated[str, Form()] = "",
    thread: Annotated[str, Form()] = "",
    sign: Annotated[str, Form()] = "",
) -> Response:
    """Keep it as a piece that waits for a review; or show the text again with what is wrong."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    text = body.replace("\r\n", "\n").strip()
    try:
        if sign and not thread:
            signatures = await content.signatures(stay.session, **mine)
            text = templating.signed(text, signatures.get(platform, ""), limits.of(platform))
        async with stay.trying():
            made = await actions.new_piece(
                stay.session,
                stay.actor,
                **mine,
                platform=platform,
                body=text,
                planned_for=_day(planned_for),
                pillar_id=await _pillar(stay, pillar),
                type=ContentType.THREAD if thread else ContentType.POST,
            )
    except InvalidInput as refused:
        return await _form(
            request, stay, body=text, platform=platform, problem=refused.message, planned_for=planned_for, status=422
        )
    missing = templating.open_places(made.body)
    if missing:
        names = ", ".join(f"{{{{{name}}}}}" for name in missing)
        return see_other(
            f"/pieces/{made.id}", Notice(_("Written. Still to be filled: %(names)s.", names=names), "careful")
        )
    return see_other(f"/pieces/{made.id}", Notice(_("Written. It waits for a review.")))


@router.get("/content/templates")
async def templates_page(request: Request, stay: Editing) -> Response:
    """The organization's templates and signatures."""
    return await _shelf(request, stay)


@router.post("/content/templates")
async def keep_template(
    request: Request,
    stay: Editing,
    *,
    name: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    platform: Annotated[str, Form()] = "",
) -> Response:
    """Keep a template under its name."""
    try:
        known = Platform(platform) if platform else None
        await actions.keep_template(
            stay.session, stay.actor, organization_id=stay.organization_id, name=name, body=body, platform=known
        )
    except (InvalidInput, ValueError) as refused:
        problem = refused.message if isinstance(refused, InvalidInput) else "There is no such network."
        return await _shelf(request, stay, status=422, problem=problem, name=name, body=body)
    return see_other("/content/templates", Notice(_("Kept: %(name)s.", name=name.strip())))


@router.post("/content/templates/{template_id}/remove")
async def remove_template(stay: Editing, template_id: UUID) -> Response:
    """Throw it away."""
    await actions.remove_template(
        stay.session, stay.actor, organization_id=stay.organization_id, template_id=template_id
    )
    return see_other("/content/templates", Notice(_("Removed. Posts that began with it stay.")))


@router.post("/content/signatures")
async def keep_signature(
    stay: Editing, platform: Annotated[Platform, Form()], words: Annotated[str, Form()] = ""
) -> Response:
    """Keep what ends a post there; nothing takes it away."""
    try:
        await actions.keep_signature(
            stay.session, stay.actor, organization_id=stay.organization_id, platform=platform, words=words
        )
    except InvalidInput as refused:
        return see_other("/content/templates", Notice(refused.message, "bad"))
    if words.strip():
        told = _("Kept: the signature for %(network)s.", network=platform.label)
    else:
        told = _("Removed: the signature for %(network)s.", network=platform.label)
    return see_other("/content/templates", Notice(told))


async def _form(request: Request, stay: Stay, *, status: int = 200, **values: Any) -> Response:
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    today = clock.now().date()
    facts = holding(await brand.facts(stay.session, **mine), today)
    values = {"problem": "", "planned_for": "", "chosen": None, "fact": "", **values}
    return page(
        request,
        "compose.html",
        stay=stay,
        status=status,
        networks=_NETWORKS,
        pillars=await content.pillars(stay.session, **mine, active_only=True),
        templates=await content.templates(stay.session, **mine),
        signatures=await content.signatures(stay.session, **mine),
        facts=[one.statement for one in facts],
        **values,
    )


async def _shelf(request: Request, stay: Stay, *, status: int = 200, **values: Any) -> Response:
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    values = {"problem": "", "name": "", "body": "", **values}
    return page(
        request,
        "templates.html",
        stay=stay,
        status=status,
        networks=_NETWORKS,
        places=templating.PLACES,
        templates=await content.templates(stay.session, **mine),
        signatures=await content.signatures(stay.session, **mine),
        **values,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise InvalidInput("That is no day. Write it as 2026-11-23.", field="planned_for") from None


async def _pillar(stay: Stay, text: str) -> UUID | None:
    """The id of one of the organization's pillars; None for none."""
    known = {str(one.id): one.id for one in await content.pillars(stay.session, organization_id=stay.organization_id)}
    if text and text not in known:
        raise InvalidInput("There is no such pillar.", field="pillar")
    return known.get(text)
