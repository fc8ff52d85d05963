"""OAuth 2 for the sandbox network: code flow with PKCE (S256), a public client, rotating refresh tokens."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from aipromote.sandbox import accounts, damage, faults, grades, grants
from aipromote.sandbox.answers import ApiError
from aipromote.sandbox.pages import page
from aipromote.sandbox.platforms import STAND_INS
from aipromote.sandbox.store import STORE, Store

CLIENT_ID = "aipromote"
REDIRECT_URIS: web.AppKey[frozenset[str]] = web.AppKey("redirect_uris")
ACCESS_SECONDS = web.AppKey("access_seconds", float)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
routes = web.RouteTableDef()


@routes.get("/oauth/authorize")
async def consent_page(request: web.Request) -> web.Response:
    """Ask the person. `handle` and `platform` are hints that fill the form in."""
    asked = _asked(request, request.query)
    platform = request.query.get("platform", "SANDBOX")
    grade = request.query.get("grade", "")
    return _consent(asked, handle=request.query.get("handle", ""), platform=platform, grade=grade)


@routes.post("/oauth/authorize")
async def consent(request: web.Request) -> web.Response:
    """The person's answer: back to the client with a code, or with `access_denied`."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    asked = _asked(request, form)
    if form.get("answer") != "allow":
        return _back(asked, {"error": "access_denied"})
    handle, platform = accounts.clean_handle(form.get("handle", "")), form.get("platform", "SANDBOX")
    grade = form.get("grade", "")
    if handle is None or platform not in STAND_INS:
        problem = "A handle has 1 to 40 letters, digits, dots, dashes or underscores."
        return _consent(asked, handle=form.get("handle", ""), platform=platform, grade=grade, problem=problem)
    store = request.app[STORE]
    chosen = grade if grade in grades.GRADES else None
    account = accounts.find_or_create(store, handle=handle, platform=platform, grade=chosen)
    code = grants.issue_code(
        store,
        account=account.number,
        redirect_uri=asked["redirect_uri"],
        challenge=asked["code_challenge"],
        scope=asked["scope"],
    )
    return _back(asked, {"code": code})


@routes.post("/oauth/token")
async def token(request: web.Request) -> web.StreamResponse:
    """Trade a code or a refresh token for a pair. A refresh token works once, also when its answer gets lost."""
    form = {name: str(value) for name, value in (await request.post()).items()}
    store, life = request.app[STORE], request.app[ACCESS_SECONDS]
    if form.get("client_id") != CLIENT_ID:
        raise ApiError(401, "invalid_client", "The client is not known.")
    match form.get("grant_type"):
        case "authorization_code":
            pair = grants.redeem_code(
                store,
                code=form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
                access_seconds=life,
            )
        case "refresh_token":
            pair = grants.rotate(store, refresh=form.get("refresh_token", ""), access_seconds=life)
        case _:
            raise ApiError(400, "unsupported_grant_type", "Only authorization_code and refresh_token are known.")
    if pair is None:
        raise ApiError(400, "invalid_grant", "The code or token is unknown, used, expired or revoked.")
    told = {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "Bearer",
        "expires_in": int(life),
        "scope": pair.scope + grades.scope(_grade(store, pair.account)),
        "account_id": f"a{pair.account}",
    }
    hits = faults.draw(store, target="token", account=pair.account)
    return await damage.spoil(request, hits, told, status=200, headers={"Cache-Control": "no-store"})


@routes.post("/oauth/revoke")
async def revoke(request: web.Request) -> web.Response:
    """End a consent by one of its tokens."""
    form = await request.post()
    grants.revoke(request.app[STORE], token=str(form.get("token", "")))
    return web.json_response({})


def _grade(store: Store, account: int) -> str:
    found = accounts.find(store, f"a{account}")
    assert found is not None
    return found.grade


def _asked(request: web.Request, given: Mapping[str, str]) -> dict[str, str]:
    """What the client asks for. An untrusted address gets no redirect, so every mistake is told here."""
    redirect_uri = given.get("redirect_uri", "")
    if not _is_trusted(redirect_uri, request.app[REDIRECT_URIS]):
        raise ApiError(400, "invalid_redirect_uri", "redirect_uri must be on this machine or configured.")
    if given.get("client_id") != CLIENT_ID or given.get("response_type") != "code":
        raise ApiError(400, "invalid_request", "client_id must be aipromote and response_type must be code.")
    if given.get("code_challenge_method") != "S256" or not given.get("code_challenge"):
        raise ApiError(400, "invalid_request", "PKCE with S256 is required.")
    scopes = [scope for scope in given.get("scope", "").split() if scope in grants.SCOPES]
    names = ("client_id", "response_type", "redirect_uri", "state", "code_challenge", "code_challenge_method")
    return {name: given.get(name, "") for name in names} | {"scope": " ".join(scopes or grants.SCOPES)}


def _is_trusted(redirect_uri: str, configured: frozenset[str]) -> bool:
    parts = urlsplit(redirect_uri)
    on_this_machine = parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK
    return redirect_uri in configured or on_this_machine


def _consent(asked: dict[str, str], *, handle: str, platform: str, grade: str, problem: str = "") -> web.Response:
    parts = urlsplit(asked["redirect_uri"])
    return page(
        "consent.html",
        status=422 if problem else 200,
        # Browsers apply form-action to the redirect that follows the form, too.
        form_action=f"'self' {parts.scheme}://{parts.netloc}",
        asked=asked,
        handle=handle,
        platform=platform,
        grade=grade,
        grades=grades.LABELS,
        platforms={name: stand_in.label for name, stand_in in STAND_INS.items()},
        scopes=asked["scope"].split(),
        problem=problem,
    )


def _back(asked: dict[str, str], answer: dict[str, str]) -> web.Response:
    separator = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    location = f"{asked['redirect_uri']}{separator}{urlencode(answer | {'state': asked['state']})}"
    return web.Response(status=303, headers={"Location": location})
