"""A small Mastodon server as its documentation describes it: registration, consent, posts with keys, limits of its own.

It refuses what the real one would refuse, in its words, and knows what it has really stored.
"""

import asyncio
import base64
import hashlib
import html
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock
from aipromote.connectors import counting
from aipromote.connectors.contract import Counting
from connectors.mastodon_media import MediaStore
from connectors.misbehaving import Clock

ACCOUNT = "109000000000000001"
KEY_LASTS = timedelta(hours=1)
SCOPES = frozenset({"read:accounts", "read:statuses", "write:statuses", "write:media"})


def refusal(status, error, description=None, headers=None):
    body = {"error": error} | ({"error_description": description} if description else {})
    return web.json_response(body, status=status, headers=headers)


class MastodonServer:
    """One account. `faults` holds (kind, seconds) for the next calls that post; `hidden_for` delays the list."""

    def __init__(self) -> None:
        self.statuses: list[dict] = []
        self.keys: dict[str, tuple[str, datetime]] = {}
        self.posts = 0
        self.faults: list[tuple[str, float]] = []
        self.hidden_for = 0.0
        self.lists_answer = 200
        self.tells_source = True
        self.tells_rules = True
        self.is_old = False  # before 4.0 there is no second version of what a server tells of itself
        self.apps: dict[str, tuple[str, str, frozenset[str]]] = {}  # client: secret, redirect, scopes
        self.codes: dict[str, dict] = {}
        self.tokens: dict[str, frozenset[str]] = {}
        self.limits = {"max_characters": 500, "max_media_attachments": 4}
        self.media = MediaStore(self)
        self._ids = count(110_000_000_000_000_001)
        app = web.Application(client_max_size=20_000_000)
        self.clock = Clock(app)
        for verb, path, handler in (
            ("POST", "/api/v1/apps", self._register),
            ("GET", "/oauth/authorize", self._authorize),
            ("POST", "/oauth/token", self._token),
            ("POST", "/oauth/revoke", self._revoke),
            ("GET", "/api/v2/instance", self._instance),
            ("GET", "/api/v1/accounts/verify_credentials", self._verify),
            ("GET", "/api/v1/accounts/{id}/statuses", self._list),
            ("POST", "/api/v1/statuses", self._post),
            ("GET", "/api/v1/statuses/{id}", self._status),
            ("GET", "/api/v1/statuses/{id}/source", self._source),
            ("DELETE", "/api/v1/statuses/{id}", self._delete),
            *self.media.routes,
        ):
            app.router.add_route(verb, path, handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def grant(self, *scopes: str) -> str:
        token = "fake-token-" + secrets.token_hex(8)
        self.tokens[token] = frozenset(scopes or SCOPES)
        return token

    def wrong(self, request, *needed: str):
        """The refusal for a token that does not open this, or None."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return refusal(401, "The access token is invalid")
        if not self.tokens[token] & set(needed):
            return refusal(403, "This action is outside the authorized scopes")
        return None

    async def _register(self, request):
        form = await request.post()
        scopes = frozenset(form["scopes"].split())
        if not form["client_name"] or not form["redirect_uris"].startswith("http") or not scopes <= SCOPES:
            return refusal(422, "Validation failed: Redirect URI must be an absolute URI.")
        client_id = f"client-{len(self.apps)}"
        self.apps[client_id] = secrets.token_hex(8), form["redirect_uris"], scopes
        return web.json_response({"id": "1", "client_id": client_id, "client_secret": self.apps[client_id][0]})

    async def _authorize(self, request):
        """What the person sees is left out: they say yes."""
        asked = request.query
        _, redirect_uri, scopes = self.apps[asked["client_id"]]
        is_good = asked["redirect_uri"] == redirect_uri and set(asked["scope"].split()) <= scopes
        if not is_good or asked["code_challenge_method"] != "S256" or asked["response_type"] != "code":
            return web.Response(status=400, text="<html>The requested scope is invalid</html>")
        code = secrets.token_hex(8)
        self.codes[code] = dict(asked)
        raise web.HTTPFound(f"{redirect_uri}?code={code}&state={asked['state']}")

    async def _token(self, request):
        form = await request.post()
        if self.apps.get(form["client_id"], ("",))[0] != form["client_secret"]:
            return refusal(401, "invalid_client", "Client authentication failed due to unknown client.")
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return refusal(400, "invalid_grant", "The provided authorization grant is invalid, expired, revoked.")
        token = self.grant(*asked["scope"].split())
        body = {"access_token": token, "token_type": "Bearer", "scope": asked["scope"]}
        return web.json_response(body | {"created_at": int(clock.now().timestamp())})

    async def _revoke(self, request):
        form = await request.post()
        if self.apps.get(form["client_id"], ("",))[0] != form["client_secret"]:
            return refusal(403, "unauthorized_client", "You are not authorized to revoke this token")
        self.tokens.pop(form["token"], None)
        return web.json_response({})

    async def _instance(self, request):
        del request
        if self.is_old:
            return refusal(404, "Not Found")
        rules = {"statuses": self.limits, "media_attachments": self.media.rules} if self.tells_rules else None
        return web.json_response({"domain": "mastodon.example", "version": "4.5.2", "configuration": rules})

    async def _verify(self, request):
        if wrong := self.wrong(request, "read:accounts"):
            return wrong
        counts = {"followers_count": 12, "following_count": 3, "statuses_count": len(self.statuses)}
        who = {"id": ACCOUNT, "username": "ada", "acct": "ada", "display_name": "Ada"}
        return web.json_response(who | counts | {"url": "https://mastodon.example/@ada"})

    async def _post(self, request):
        if wrong := self.wrong(request, "write:statuses"):
            return wrong
        self.posts += 1
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0)
        if kind == "rate_limit":
            reset = (clock.now() + timedelta(seconds=seconds)).astimezone(UTC).isoformat().replace("+00:00", "Z")
            return refusal(429, "Too many requests", headers={"X-RateLimit-Reset": reset})
        if kind == "refuse":
            return refusal(422, "Validation failed: Text can't be blank")
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        given, key = await request.json(), request.headers["Idempotency-Key"]
        if known := self._known(key):
            return known
        return self._refused(given) or await self._answer(request, self._store(given, key), kind, seconds)

    def _known(self, key):
        """The first post with this key again, within the hour."""
        status_id, since = self.keys.get(key, (None, clock.now()))
        if status_id is None or clock.now() - since >= KEY_LASTS:
            return None
        status = self._find(status_id)
        return web.json_response(self._shown(status)) if status else refusal(404, "Record not found")

    def _refused(self, given):
        ids = given.get("media_ids", [])
        if not given["status"].strip() and not ids:
            return refusal(422, "Validation failed: Text can't be blank")
        if counting.length(given["status"], Counting.LINKS_AS_23) > (most := self.limits["max_characters"]):
            return refusal(422, f"Validation failed: Text character limit of {most} exceeded")
        if "in_reply_to_id" in given and not self._find(given["in_reply_to_id"]):
            return refusal(404, "The post you are trying to reply to does not appear to exist.")
        return self.media.unattachable(ids)

    def _store(self, given, key):
        status = {
            "id": str(next(self._ids)),
            "created_at": clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "in_reply_to_id": given.get("in_reply_to_id"),
            "text": given["status"],
            "media_attachments": self.media.attach(given.get("media_ids", [])),
        }
        self.statuses.append(status)
        self.keys[key] = status["id"], clock.now()
        return status

    def _shown(self, status):
        """As others see it: HTML, links shortened, no plain text."""
        content = f"<p>{html.escape(status['text'])}</p>"
        counts = {"replies_count": 3, "reblogs_count": 2, "favourites_count": 7, "quotes_count": 1}
        url = f"https://mastodon.example/@ada/{status['id']}"
        return {
            **{name: value for name, value in status.items() if name != "text"},
            "content": content,
            "url": url,
        } | counts

    async def _answer(self, request, status, kind, seconds):
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return refusal(500, "There was a problem")
        if kind == "malformed":
            return web.Response(text='{"id": "11', content_type="application/json")
        return web.json_response(self._shown(status))

    def _find(self, status_id):
        return next((status for status in self.statuses if status["id"] == status_id), None)

    async def _list(self, request):
        if wrong := self.wrong(request, "read:statuses"):
            return wrong
        if self.lists_answer != 200:
            return refusal(self.lists_answer, "There was a temporary problem serving your request, please try again")
        visible = clock.now() - timedelta(seconds=self.hidden_for)
        listed = [
            status
            for status in reversed(self.statuses)
            if request.match_info["id"] == ACCOUNT
            and datetime.fromisoformat(status["created_at"]) <= visible
            and int(status["id"]) < int(request.query.get("max_id", 10**20))
        ]
        return web.json_response([self._shown(status) for status in listed[: int(request.query["limit"])]])

    async def _status(self, request):
        status = self._find(request.match_info["id"])
        return web.json_response(self._shown(status)) if status else refusal(404, "Record not found")

    async def _source(self, request):
        status = self._find(request.match_info["id"])
        if wrong := self.wrong(request, "read:statuses"):
            return wrong
        if status is None or not self.tells_source:
            return refusal(404, "Record not found")
        return web.json_response({"id": status["id"], "text": status["text"], "spoiler_text": ""})

    async def _delete(self, request):
        if wrong := self.wrong(request, "write:statuses"):
            return wrong
        status = self._find(request.match_info["id"])
        if status is None:
            return refusal(404, "Record not found")
        self.statuses.remove(status)
        return web.json_response(self._shown(status) | {"text": status["text"]})
