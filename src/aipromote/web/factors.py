"""How somebody signs in: apps, passkeys and recovery codes, on a page of the person's own.

Every change asks who it is once more, unless they have just said so (`confirming`).
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from aipromote.accounts.factors import apps, passkeys, pictures, proving, queries, recovery
from aipromote.accounts.factors.party import party
from aipromote.accounts.factors.states import Purpose
from aipromote.errors import AipromoteError, InvalidInput, NotAllowed
from aipromote.http import cookies
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Being, Stay, Visit
from aipromote.languages import _
from aipromote.web import guessing
from aipromote.web.admitting import inside, note_confirmed
from aipromote.web.confirming import CONFIRM as _CONFIRM
from aipromote.web.confirming import must_confirm
from aipromote.web.render import page
from aipromote.web.second_factor import json_text

router = APIRouter()

PAGE = "/account/security"


@router.get(PAGE)
async def security(request: Request, visit: Being) -> Response:
    """What is on."""
    standing = await queries.standing(visit.session, user_id=visit.user.id)
    here = party()
    return _page(
        request,
        visit,
        "security.html",
        standing=standing,
        can_passkeys=here is not None,
        elsewhere=here.origin + PAGE if here is not None and not _is_at(request, here.origin) else "",
        unlocked=await _must_confirm(request, visit) is None,
    )


@router.get(_CONFIRM)
async def confirm_page(request: Request, visit: Being, next: str = PAGE) -> Response:  # noqa: A002 -- its name in the address
    """The question who it is."""
    if not await proving.needs_proof(visit.session, user=visit.user):  # nothing to ask for
        after = inside(next)
        return await must_confirm(request, visit.session, visit.user, after=after) or see_other(after)
    return await _asked_again(request, visit, after=inside(next))


@router.post(_CONFIRM)
async def confirm(
    request: Request, visit: Being, proof: Annotated[str, Form()] = "", after: Annotated[str, Form()] = PAGE
) -> Response:
    """A password or a code. Guesses are counted together with those at the door."""
    try:
        await guessing.spend(request, visit.user.id)
        await proving.confirm(visit.session, user=visit.user, proof=proof)
    except AipromoteError as error:
        return await _asked_again(request, visit, after=inside(after), status=error.status, problem=error.message)
    await guessing.forgive(request, visit.user.id)
    return note_confirmed(request, see_other(inside(after)))


@router.post(f"{_CONFIRM}/passkey/options")
async def confirm_options(request: Request, visit: Being) -> Response:
    """What a passkey of this person is to sign."""
    return json_text(
        await passkeys.ask(
            visit.session, purpose=Purpose.CONFIRM, browser=cookies.session_token(request), user_id=visit.user.id
        )
    )


@router.post(f"{_CONFIRM}/passkey")
async def confirm_by_passkey(
    request: Request, visit: Being, answer: Annotated[str, Form()] = "", after: Annotated[str, Form()] = PAGE
) -> Response:
    """What it signed."""
    browser = cookies.session_token(request)
    try:
        await passkeys.prove(
            visit.session, purpose=Purpose.CONFIRM, browser=browser, answer=answer, user_id=visit.user.id
        )
    except InvalidInput as error:
        return await _asked_again(request, visit, after=inside(after), status=error.status, problem=error.message)
    return note_confirmed(request, see_other(inside(after)))


@router.get(f"{PAGE}/app")
async def app_page(request: Request, visit: Being) -> Response:
    """The secret that waits for a first code, as a picture and as a text."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    return await _to_share(request, visit)


@router.post(f"{PAGE}/app")
async def begin_app(request: Request, visit: Being) -> Response:
    """Make a secret to share with an app."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    await apps.begin(visit.session, user_id=visit.user.id)
    return see_other(f"{PAGE}/app")


@router.get(f"{PAGE}/app/qr.svg")
async def app_picture(request: Request, visit: Being) -> Response:
    """The picture of it."""
    await _confirmed(request, visit)
    shared = await apps.to_share(visit.session, user=visit.user)
    headers = {"cache-control": "no-store"}
    return Response(pictures.qr_code(shared.address), media_type="image/svg+xml", headers=headers)


@router.post(f"{PAGE}/app/code")
async def confirm_app(request: Request, visit: Being, code: Annotated[str, Form()] = "") -> Response:
    """The first code: from now on the app is asked for."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    try:
        await guessing.spend(request, visit.user.id)
        made = await apps.confirm(visit.session, user_id=visit.user.id, code=code)
    except InvalidInput as error:
        return await _to_share(request, visit, status=error.status, problem=error.message)
    await guessing.forgive(request, visit.user.id)
    return _done(request, visit, made, _("The app is on. From now on a password alone opens nothing."))


@router.post(f"{PAGE}/app/remove")
async def remove_app(request: Request, visit: Being) -> Response:
    """Switch it off."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    await apps.remove(visit.session, user_id=visit.user.id)
    return see_other(PAGE, Notice(_("The app is not asked for any more."), "careful"))


@router.post(f"{PAGE}/codes")
async def renew_codes(request: Request, visit: Being) -> Response:
    """Ten new recovery codes in the place of the old ones."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    if not await queries.has_factor(visit.session, user_id=visit.user.id):
        return see_other(PAGE, Notice(_("Recovery codes come with an app or a passkey."), "careful"))
    made = await recovery.renew(visit.session, user_id=visit.user.id)
    return _done(request, visit, made, _("The older recovery codes are not good any more."))


@router.post(f"{PAGE}/passkeys/options")
async def passkey_options(request: Request, visit: Being) -> Response:
    """What a device needs to make a passkey."""
    await _confirmed(request, visit)
    browser = cookies.session_token(request)
    return json_text(await passkeys.ask_for_new(visit.session, user=visit.user, browser=browser))


@router.post(f"{PAGE}/passkeys")
async def add_passkey(
    request: Request, visit: Being, answer: Annotated[str, Form()] = "", name: Annotated[str, Form()] = ""
) -> Response:
    """Keep what the device made."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    browser = cookies.session_token(request)
    try:
        key, made = await passkeys.register(visit.session, user=visit.user, browser=browser, answer=answer, name=name)
    except AipromoteError as error:
        return see_other(PAGE, Notice(error.message, "bad"))
    return _done(request, visit, made, _("“%(name)s” opens your account from now on.", name=key.name))


@router.post(f"{PAGE}/passkeys/{{passkey_id}}/name")
async def rename_passkey(visit: Being, passkey_id: UUID, name: Annotated[str, Form()] = "") -> Response:
    """Call it something else."""
    try:
        await passkeys.rename(visit.session, user_id=visit.user.id, passkey_id=passkey_id, name=name)
    except InvalidInput as error:
        return see_other(PAGE, Notice(error.message, "bad"))
    return see_other(PAGE, Notice(_("Renamed.")))


@router.post(f"{PAGE}/passkeys/{{passkey_id}}/remove")
async def remove_passkey(request: Request, visit: Being, passkey_id: UUID) -> Response:
    """Take it back."""
    if (asked := await _must_confirm(request, visit)) is not None:
        return asked
    name = await passkeys.remove(visit.session, user_id=visit.user.id, passkey_id=passkey_id)
    return see_other(
        PAGE, Notice(_("“%(name)s” opens nothing here any more. Delete it on the device, too.", name=name), "careful")
    )


async def _must_confirm(request: Request, visit: Visit) -> Response | None:
    """The way to the question who it is, for whoever has to answer it before a change."""
    asks_for_app = request.url.path == f"{PAGE}/app" and request.method == "GET"
    after = request.url.path if asks_for_app else PAGE
    return await must_confirm(request, visit.session, visit.user, after=after)


async def _confirmed(request: Request, visit: Visit) -> None:
    if await _must_confirm(request, visit) is not None:
        raise NotAllowed("Please say once more who you are. Open the page about signing in again.")


async def _asked_again(request: Request, visit: Visit, *, after: str, status: int = 200, problem: str = "") -> Response:
    standing = await queries.standing(visit.session, user_id=visit.user.id)
    return _page(
        request,
        visit,
        "confirm.html",
        status=status,
        standing=standing,
        asks_password=not standing.has_factor,
        passkeys=bool(standing.passkeys) and party() is not None,
        after=after,
        problem=problem,
    )


async def _to_share(request: Request, visit: Visit, *, status: int = 200, problem: str = "") -> Response:
    shared = await apps.to_share(visit.session, user=visit.user)
    response = _page(request, visit, "app_factor.html", status=status, shared=shared, problem=problem)
    response.headers["cache-control"] = "no-store"
    return response


def _done(request: Request, visit: Visit, made: list[str], words: str) -> Response:
    """The recovery codes, this once; or, where there are no new ones, the page they came from."""
    if not made:
        return see_other(PAGE, Notice(words))
    response = _page(request, visit, "recovery_codes.html", codes=made, words=words)
    response.headers["cache-control"] = "no-store"
    return response


def _is_at(request: Request, origin: str) -> bool:
    return request.headers.get("host", "").lower() == origin.partition("://")[2]


def _page(request: Request, visit: Visit, template: str, **values: Any) -> Response:
    stay = visit if isinstance(visit, Stay) else None
    return page(request, template, stay=stay, user=visit.user, **values)
