"""Small networks of the tests' own: servers on loopback that speak OAuth, and the connectors that reach them.

`Parlour` wants the operator's app, opens several places at once and takes tokens back. `Village` registers an app with
whoever asks, one for each server. `Locker` takes a key.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock
from aipromote.connectors import wire
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import Capabilities, ImageRules
from aipromote.connectors.contract import App, Ask, Certainty, Consent, Credentials, Grant, Profile
from aipromote.connectors.errors import Revoked, Unauthorized
from aipromote.documents.vocabulary import Platform

APP_ID, APP_SECRET = "app-of-the-operator", "fake-secret-of-the-operator-9876"
KEY = "fake-key-of-a-locker"
SCOPES = "rooms.read rooms.write"


class House:
    """The server. It remembers what it was sent, and forgets tokens that were revoked."""

    def __init__(self, *places: str) -> None:
        self.places = places or ("lounge",)
        self.scope = SCOPES
        self.apps = {APP_ID: APP_SECRET}
        self.codes: dict[str, tuple[str, str, str]] = {}  # code: app, challenge, way back
        self.tokens: set[str] = set()
        self.refresh_tokens: dict[str, str] = {}  # token: app
        self.registered: list[str] = []
        self.revoked: list[str] = []
        self.seen: list[dict[str, str]] = []
        self.rotates = True
        self.is_away = False
        app = web.Application()
        app.router.add_post("/apps", self._register)
        app.router.add_post("/token", self._token)
        app.router.add_post("/revoke", self._revoke)
        app.router.add_get("/me", self._me)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    def consent(self, query: Mapping[str, str]) -> str:
        """What a person's yes leads to: the code."""
        assert query["client_id"] in self.apps
        code = secrets.token_hex(8)
        self.codes[code] = (query["client_id"], query["code_challenge"], query["redirect_uri"])
        return code

    async def _register(self, request: web.Request) -> web.Response:
        given = await request.post()
        client_id = f"village-app-{len(self.apps)}"
        self.apps[client_id] = f"fake-secret-{secrets.token_hex(8)}"
        self.registered.append(str(given["redirect_uri"]))
        return web.json_response({"client_id": client_id, "client_secret": self.apps[client_id]})

    async def _token(self, request: web.Request) -> web.Response:
        given = {name: str(value) for name, value in (await request.post()).items()}
        self.seen.append(given)
        if self.is_away:
            return web.Response(status=503)
        if self.apps.get(given.get("client_id", "")) != given.get("client_secret"):
            return web.json_response({"error": "invalid_client"}, status=401)
        if given["grant_type"] == "refresh_token":
            if self.refresh_tokens.get(given["refresh_token"]) != given["client_id"]:
                return web.json_response({"error": "invalid_grant"}, status=400)
            return web.json_response(self._pair(given["client_id"], is_new=self.rotates))
        known = self.codes.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if known != (given["client_id"], challenge, given["redirect_uri"]):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response(self._pair(given["client_id"], is_new=True))

    def _pair(self, app: str, *, is_new: bool) -> dict[str, Any]:
        access = f"fake-access-{secrets.token_hex(8)}"
        self.tokens.add(access)
        pair = {"access_token": access, "expires_in": 3600, "scope": self.scope}
        if is_new:
            pair["refresh_token"] = f"fake-refresh-{secrets.token_hex(8)}"
            self.refresh_tokens[pair["refresh_token"]] = app
        return pair

    async def _revoke(self, request: web.Request) -> web.Response:
        given = await request.post()
        if self.is_away:
            return web.Response(status=503)
        if self.apps.get(str(given["client_id"])) != given["client_secret"]:
            return web.json_response({"error": "invalid_client"}, status=401)
        self.tokens.discard(str(given["token"]))
        self.revoked.append(str(given["token"]))
        return web.json_response({})

    async def _me(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        if token != KEY and token not in self.tokens:
            return web.json_response({"error": "unauthorized"}, status=401)
        return web.json_response({"places": self.places})


class Parlour(Network):
    """Implements `OAuthConnector`."""

    name = "parlour"
    platform = Platform.FACEBOOK
    needs_app = True
    certainty = Certainty.LISTING
    scopes = frozenset(SCOPES.split())
    can = Capabilities(images=ImageRules(), max_images=4, counters=frozenset({"likes"}))
    asks: tuple[Ask, ...] = (Ask("door", "Which door", placeholder="front", is_required=False),)

    def __init__(self, server: str) -> None:
        self.server = server
        self.hints: list[Mapping[str, str]] = []

    def authorization_url(self, consent: Consent) -> str:
        assert consent.app is not None
        query = {
            "client_id": consent.app.client_id,
            "state": consent.state,
            "redirect_uri": consent.redirect_uri,
            "code_challenge": consent.code_challenge,
        }
        return f"{consent.server}/authorize?{urlencode(query)}"

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        self.hints.append(dict(consent.hint))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": consent.code_verifier,
            "redirect_uri": consent.redirect_uri,
        }
        known = await self._tokens(http, consent.server, consent.app, form)
        return await self.grants(http, known)

    async def grants(self, http: aiohttp.ClientSession, known: Credentials) -> list[Grant]:
        answer = await wire.call(
            http, "GET", f"{known.server}/me", headers={"Authorization": f"Bearer {known.access_token}"}
        )
        if answer.status == 401:
            raise Unauthorized("It does not know this token.")
        return [Grant(known, Profile(place, place)) for place in answer.body["places"]]

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        return (await self.grants(http, credentials))[0].profile

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        form = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token or ""}
        return await self._tokens(http, credentials.server, credentials.app, form)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        app = credentials.app
        assert app is not None
        form = {"token": credentials.access_token, "client_id": app.client_id, "client_secret": app.client_secret}
        answer = await wire.call(http, "POST", f"{credentials.server}/revoke", data=form, secrets=list(form.values()))
        if not answer.is_success:
            raise answer.unusable("The parlour")

    async def _tokens(
        self, http: aiohttp.ClientSession, server: str, app: App | None, form: dict[str, str]
    ) -> Credentials:
        assert app is not None
        whole = form | {"client_id": app.client_id, "client_secret": app.client_secret}
        answer = await wire.call(http, "POST", f"{server}/token", data=whole, secrets=list(whole.values()))
        if answer.fact("error"):
            raise Revoked("The parlour does not take this.", code=answer.code())
        return Credentials(
            server=server,
            access_token=answer.fact("access_token"),
            refresh_token=answer.fact("refresh_token") or None,
            scope=answer.fact("scope"),
            expires_at=clock.after(answer.at("expires_in")),
        )


class Village(Parlour):
    """Implements `RegisteringConnector`."""

    name = "village"
    platform = Platform.MASTODON
    is_server_chosen = True

    async def register(self, http: aiohttp.ClientSession, *, server: str, redirect_uri: str) -> App:
        answer = await wire.call(http, "POST", f"{server}/apps", data={"redirect_uri": redirect_uri})
        return App(answer.fact("client_id"), answer.fact("client_secret"))


class Locker(Network):
    """Implements `KeyConnector`."""

    name = "locker"
    platform = Platform.DEVTO
    certainty = Certainty.MATCH
    can = Capabilities()
    asks: tuple[Ask, ...] = (Ask("key", "Key", "From the settings.", is_secret=True), Ask("blog", "Blog"))

    def __init__(self, server: str) -> None:
        self.server = server

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        headers = {"Authorization": f"Bearer {given['key']}"}
        answer = await wire.call(http, "GET", f"{server}/me", headers=headers)
        if answer.status == 401:
            raise Revoked("The locker does not know this key.")
        known = Credentials(server, given["key"])
        return [Grant(known, Profile(f"{given['blog']}/{place}", place)) for place in answer.body["places"]]
