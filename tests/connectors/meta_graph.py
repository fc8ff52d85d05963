"""A small Graph API on loopback: tokens, refusals and what can go wrong, as Meta's networks share them."""

import asyncio
import json
import math
import secrets
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

CLIENT, SECRET, REDIRECT = "app-1", "app-secret-" + "s" * 20, "https://founder.example/channels/callback"
DAY, HOUR = 86_400, 3600


def error(code, message="Words.", *, subcode=None, status=400, headers=None, **more):
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    body = {"error": told | ({"error_subcode": subcode} if subcode else {})}
    return web.json_response(body, status=status, headers=headers)


def missing(name="1"):
    words = (
        f"Unsupported request. Object with ID '{name}' does not exist or cannot be loaded due to missing permissions"
    )
    return error(100, words, subcode=33)


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


class Graph:
    """`faults` holds (kind, seconds) for the next calls that publish."""

    scopes: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.tokens: dict[str, dict] = {}
        self.codes: dict[str, str] = {}
        self.faults: list[tuple[str, float]] = []
        self.fires = 0
        self.shows_after = 0.0
        self._number = 17_900_000_000_000_000
        app = web.Application(client_max_size=20_000_000)
        for verb, path, handler in self.routes():
            app.router.add_route(verb, path, handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def routes(self):
        return []

    def number(self) -> str:
        self._number += 1
        return str(self._number)

    def issue(self, seconds, *scopes, kind="long", user="me") -> str:
        now = clock.now().timestamp()
        token = f"{kind}-{secrets.token_hex(12)}"
        self.tokens[token] = {"kind": kind, "born": now, "end": now + seconds, "scopes": scopes, "user": user}
        return token

    def age(self, seconds) -> None:
        for token in self.tokens.values():
            token["born"] -= seconds

    def end(self) -> None:
        for token in self.tokens.values():
            token["end"] = 0

    def revoke_all(self) -> None:
        for token in self.tokens.values():
            token["revoked"] = True

    def agree(self, address):
        """What a person does on the consent page: the code and the state that come back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == (CLIENT, REDIRECT, "code")
        assert asked["scope"].split(",") == list(self.scopes), asked["scope"]
        code = "code-" + secrets.token_hex(8)
        self.codes[code] = asked["redirect_uri"]
        return code, asked["state"]

    def takes(self, form):
        """A refusal of a code, or None. Each is taken once, from the app it was given to."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return error(101, "Error validating client secret.")
        if self.codes.pop(form.get("code"), None) != form.get("redirect_uri"):
            return error(100, "This authorization code has been used.", subcode=36009)
        return None

    def wrong(self, fields, *scopes):
        """A refusal of the token, or None."""
        known = self.tokens.get(fields.get("access_token", ""))
        if known is None:
            return error(190, "Invalid OAuth access token.", status=401)
        if known.get("revoked"):
            return error(190, "The user has not authorized application.", subcode=458, status=400)
        if known["end"] <= clock.now().timestamp():
            return error(190, "Error validating access token: Session has expired.", subcode=463, status=401)
        if not set(scopes) <= set(known["scopes"]):
            return error(10, "Application does not have permission for this action")
        return None

    def before(self, request):
        """What goes wrong before a publishing call is acted on: (answer or None, what goes wrong after)."""
        self.fires += 1
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0.0)
        if kind == "rate_limit":
            minutes = math.ceil(seconds / 60)
            usage = {"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}]}
            headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
            return error(4, "Application request limit reached", status=403, headers=headers), kind, seconds
        if kind == "refuse":
            return error(100, "Invalid parameter"), kind, seconds
        if kind.isdigit() or "/" in kind:
            code, _, subcode = kind.partition("/")
            return error(int(code), subcode=int(subcode or 0) or None), kind, seconds
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500), kind, seconds
        return None, kind, seconds

    async def after(self, request, stored, kind, seconds):
        """What comes back once it is out."""
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return error(2, "Service temporarily unavailable", status=500, is_transient=True)
        if kind == "store_then_transient":
            return error(2, "Service temporarily unavailable", is_transient=True)
        if kind == "malformed":
            return web.Response(text='{"id": "179', content_type="application/json")
        return web.json_response(stored)
