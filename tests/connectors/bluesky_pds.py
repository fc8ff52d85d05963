"""A small personal data server of the AT Protocol: as strict as the real one about what the connector relies on."""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from contextlib import suppress
from datetime import datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

DID = "did:plc:ada234567abcdefghijklmno"
PASSWORD = "abcd-efgh-ijkl-mnop"
ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS = 7200, 90 * 86400, 7200
_TID = re.compile(r"[234567a-j][234567a-z]{12}")


def refusal(status, error, message, headers=None):
    return web.json_response({"error": error, "message": message}, status=status, headers=headers)


class Pds:
    """One account, its records in memory. `faults` holds (kind, seconds) for the next calls that create a record."""

    def __init__(self) -> None:
        self.records: dict[str, dict] = {}
        self.creates = 0
        self.blobs: dict[str, str] = {}
        self.faults: list[tuple[str, float]] = []
        self.tokens: dict[str, tuple[str, float]] = {}  # token: kind, end
        app = web.Application(client_max_size=2_000_000)
        for verb, name, handler in (
            ("POST", "com.atproto.server.createSession", self._create_session),
            ("POST", "com.atproto.server.refreshSession", self._refresh_session),
            ("POST", "com.atproto.repo.createRecord", self._create_record),
            ("POST", "com.atproto.repo.deleteRecord", self._delete_record),
            ("POST", "com.atproto.repo.uploadBlob", self._upload_blob),
            ("GET", "com.atproto.repo.getRecord", self._get_record),
            ("GET", "app.bsky.feed.getPosts", self._get_posts),
            ("GET", "app.bsky.actor.getProfile", self._get_profile),
        ):
            app.router.add_route(verb, f"/xrpc/{name}", handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def end(self, *kinds) -> None:
        """Let all tokens of these kinds expire."""
        for token, (kind, _) in list(self.tokens.items()):
            if kind in kinds:
                self.tokens[token] = (kind, 0)

    def _issue(self, kind, seconds):
        end = clock.now().timestamp() + seconds
        claims = base64.urlsafe_b64encode(json.dumps({"exp": int(end), "jti": secrets.token_hex(8)}).encode())
        token = f"h.{claims.decode().rstrip('=')}.s"
        self.tokens[token] = (kind, end)
        return token

    def _pair(self):
        return {
            "accessJwt": self._issue("access", ACCESS_SECONDS),
            "refreshJwt": self._issue("refresh", REFRESH_SECONDS),
            "did": DID,
            "handle": "ada.test",
        }

    def _wrong_token(self, request, kind="access"):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = self.tokens.get(token)
        if known is None or known[0] != kind:
            return refusal(400, "InvalidToken", "Token could not be verified")
        if known[1] <= clock.now().timestamp():
            return refusal(400, "ExpiredToken", "Token has expired")
        return None

    async def _create_session(self, request):
        given = await request.json()
        if given["identifier"] == "factor.test":
            return refusal(401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address")
        if (given["identifier"], given["password"]) != ("ada.test", PASSWORD):
            return refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        return web.json_response(self._pair())

    async def _refresh_session(self, request):
        if wrong := self._wrong_token(request, "refresh"):
            return wrong
        token = request.headers["Authorization"].removeprefix("Bearer ")
        kind, end = self.tokens[token]
        self.tokens[token] = (kind, min(end, clock.now().timestamp() + GRACE_SECONDS))
        return web.json_response(self._pair())

    async def _create_record(self, request):  # noqa: PLR0911 -- one return per way to go wrong
        if wrong := self._wrong_token(request):
            return wrong
        self.creates += 1
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0)
        if kind == "rate_limit":
            reset = str(int(clock.now().timestamp() + seconds))
            return refusal(429, "RateLimitExceeded", "Rate Limit Exceeded", {"RateLimit-Reset": reset})
        if kind == "refuse":
            return refusal(400, "InvalidRequest", "Invalid app.bsky.feed.post record")
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        given = await request.json()
        if problem := self._problem(given):
            return refusal(400, *problem)
        stored = self._store(given)
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return refusal(500, "InternalServerError", "Internal Server Error")
        if kind == "malformed":
            return web.Response(text='{"uri": "at:', content_type="application/json")
        return web.json_response(stored)

    def _problem(self, given):
        record, text = given["record"], given["record"]["text"].encode()
        if given["repo"] != DID or not _TID.fullmatch(given["rkey"]):
            return "InvalidRequest", "Invalid repo or record key"
        if given["rkey"] in self.records:
            return "InvalidRequest", f"There is already a value at key: {given['collection']}/{given['rkey']}"
        if len(text) > 3000 or not record["createdAt"].endswith("Z"):
            return "InvalidRequest", "text must not be longer than 3000 bytes"
        datetime.fromisoformat(record["createdAt"])
        for facet in record.get("facets", []):
            piece = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()  # a torn character fails
            feature = facet["features"][0]
            if not (piece == f"#{feature.get('tag')}" or feature.get("uri", "").endswith(piece)):
                return "InvalidRequest", f"facet points at {piece!r}"
        for reference in record.get("reply", {}).values():
            known = self.records.get(reference["uri"].rsplit("/", 1)[-1])
            if known is None or known["cid"] != reference["cid"]:
                return "InvalidRequest", "reply to an unknown record"
        return None

    def _store(self, given):
        content = json.dumps(given["record"], sort_keys=True).encode()
        uri = f"at://{DID}/{given['collection']}/{given['rkey']}"
        stored = {"uri": uri, "cid": "bafy" + hashlib.sha256(content).hexdigest()[:40], "value": given["record"]}
        self.records[given["rkey"]] = stored
        return {"uri": stored["uri"], "cid": stored["cid"]}

    async def _delete_record(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        self.records.pop((await request.json())["rkey"], None)
        return web.json_response({})

    async def _upload_blob(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        content = await request.read()
        link = "bafkrei" + hashlib.sha256(content).hexdigest()[:40]
        blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": request.content_type, "size": len(content)}
        return web.json_response({"blob": blob})

    async def _get_record(self, request):
        stored = self.records.get(request.query["rkey"])
        if stored is None:
            return refusal(400, "RecordNotFound", f"Could not locate record: {request.query['rkey']}")
        return web.json_response(stored)

    async def _get_posts(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        found = [self.records[uri.rsplit("/", 1)[-1]] for uri in request.query.getall("uris") if self._has(uri)]
        counts = {"likeCount": 7, "repostCount": 2, "quoteCount": 1, "replyCount": 3, "bookmarkCount": 4}
        return web.json_response(
            {"posts": [{"uri": record["uri"], "cid": record["cid"], **counts} for record in found]}
        )

    def _has(self, uri):
        return uri.rsplit("/", 1)[-1] in self.records

    async def _get_profile(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        return web.json_response(
            {"did": DID, "handle": "ada.test", "displayName": "Ada", "followersCount": 12, "postsCount": 3}
        )
