"""A small personal data server of the AT Protocol that answers as the real one does: statuses, errors and words were
read off it (see `test_bluesky_real.py`). What a record must be like is in `bluesky_rules`.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from contextlib import suppress

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock
from connectors import bluesky_rules
from connectors.bluesky_rules import NAMES
from connectors.bluesky_video import VideoService

DID = NAMES["ada.test"]
PASSWORD = "abcd-efgh-ijkl-mnop"
_UPSTREAM = ("UpstreamFailure", "Upstream service unreachable")
ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS = 7200, 90 * 86400, 7200


def refusal(status, error, message, headers=None):
    return web.json_response({"error": error, "message": message}, status=status, headers=headers)


class Pds:
    """One account, its records in memory. `faults` holds (kind, seconds) for the next calls that create a record."""

    def __init__(self) -> None:
        self.records: dict[str, dict] = {}
        self.creates = 0
        self.resolving = 200  # the status of looking up who is mentioned
        self.blobs: dict[str, dict] = {}  # what was uploaded, by its link
        self.faults: list[tuple[str, float]] = []
        self.tokens: dict[str, tuple[str, float]] = {}  # token: kind, end
        self.successors: dict[str, str] = {}  # refresh token: the one that it was traded for
        self.has_index = True  # whether the service that counts likes and followers answers
        self.is_active = True
        self.home = "https://morel.example.com"  # the server that really holds the account
        self.video = VideoService(self)
        app = web.Application(client_max_size=5_000_000)
        for verb, name, handler in (
            ("POST", "com.atproto.server.createSession", self._create_session),
            ("POST", "com.atproto.server.refreshSession", self._refresh_session),
            ("POST", "com.atproto.server.deleteSession", self._delete_session),
            ("GET", "com.atproto.identity.resolveHandle", self._resolve_handle),
            ("POST", "com.atproto.repo.createRecord", self._create_record),
            ("POST", "com.atproto.repo.deleteRecord", self._delete_record),
            ("POST", "com.atproto.repo.uploadBlob", self._upload_blob),
            ("GET", "com.atproto.repo.getRecord", self._get_record),
            ("GET", "app.bsky.feed.getPosts", self._get_posts),
            ("GET", "app.bsky.actor.getProfile", self._get_profile),
            *self.video.routes,
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

    def now(self) -> int:
        return int(clock.now().timestamp())

    def _issue(self, kind, seconds):
        end = clock.now().timestamp() + seconds
        claims = base64.urlsafe_b64encode(json.dumps({"exp": int(end), "jti": secrets.token_hex(8)}).encode())
        token = f"h.{claims.decode().rstrip('=')}.s"
        self.tokens[token] = (kind, end)
        return token

    def _pair(self, refresh=None):
        return {
            "accessJwt": self._issue("access", ACCESS_SECONDS),
            "refreshJwt": refresh or self._issue("refresh", REFRESH_SECONDS),
            "did": DID,
            "handle": "ada.test",
        }

    def wrong_token(self, request, kind="access"):
        if "Authorization" not in request.headers:
            return refusal(401, "AuthMissing", "Authentication Required")
        known = self.tokens.get(request.headers["Authorization"].removeprefix("Bearer "))
        if known is None:
            return refusal(400, "InvalidToken", "Token could not be verified")
        if known[0] != kind:
            return refusal(400, "InvalidToken", "Invalid token type")
        if known[1] <= clock.now().timestamp():
            return refusal(400, "ExpiredToken", "Token has expired")
        if kind == "access" and not self.is_active:
            return refusal(401, "AccountDeactivated", "Account is deactivated")
        return None

    async def _create_session(self, request):
        given = await request.json()
        if given["identifier"] == "factor.test":
            return refusal(401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address")
        if (given["identifier"], given["password"]) != ("ada.test", PASSWORD):
            return refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        return web.json_response(self._pair())

    async def _refresh_session(self, request):
        if wrong := self.wrong_token(request, "refresh"):
            return wrong
        token = request.headers["Authorization"].removeprefix("Bearer ")
        kind, end = self.tokens[token]
        self.tokens[token] = (kind, min(end, clock.now().timestamp() + GRACE_SECONDS))
        pair = self._pair(self.successors.get(token))  # within the grace: the same new one again
        self.successors[token] = pair["refreshJwt"]
        return web.json_response(pair)

    async def _delete_session(self, request):
        """Takes tokens that have expired, too; the real one does."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, ("", 0))[0] != "refresh":
            return refusal(400, "InvalidToken", "Token could not be verified")
        self.end("access", "refresh")
        return web.Response()

    async def _resolve_handle(self, request):
        if self.resolving != 200:
            return refusal(self.resolving, "Forbidden", "Not for you")
        did = NAMES.get(request.query["handle"])
        return web.json_response({"did": did}) if did else refusal(400, "InvalidRequest", "Unable to resolve handle")

    async def _create_record(self, request):
        if wrong := self.wrong_token(request):
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
        if wrong := self._refused(given, names_taken_keys=kind == "name_the_taken_key"):
            return wrong
        return await self._answer(request, self._store(given), kind, seconds)

    async def _answer(self, request, stored, kind, seconds):
        """What comes back once the record is there."""
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

    def _refused(self, given, *, names_taken_keys):
        """A taken key is an internal error to Bluesky's own server; others may say what is wrong."""
        if given["repo"] != DID:
            return refusal(401, "AuthenticationRequired", "Authentication Required")
        if problem := bluesky_rules.refused(given, self.records, self.blobs):
            return refusal(400, *problem)
        if given["rkey"] not in self.records:
            return None
        if names_taken_keys:
            return refusal(400, "InvalidRequest", f"There is already a value at key: {given['rkey']}")
        return refusal(500, "InternalServerError", "Internal Server Error")

    def _store(self, given):
        content = json.dumps(given["record"], sort_keys=True).encode()
        uri = f"at://{DID}/{given['collection']}/{given['rkey']}"
        stored = {"uri": uri, "cid": "bafy" + hashlib.sha256(content).hexdigest()[:40], "value": given["record"]}
        self.records[given["rkey"]] = stored
        return {"uri": stored["uri"], "cid": stored["cid"]}

    async def _delete_record(self, request):
        if wrong := self.wrong_token(request):
            return wrong
        self.records.pop((await request.json())["rkey"], None)
        return web.json_response({})

    async def _upload_blob(self, request):
        if wrong := self.wrong_token(request):
            return wrong
        if not request.content_length or "Transfer-Encoding" in request.headers:
            return refusal(400, "InvalidRequest", "Request encoding (Content-Length) required")
        return web.json_response({"blob": self.keep(await request.read(), request.content_type)})

    def keep(self, content, mime_type):
        """Store a file, and what records may say of it from now on."""
        link = "bafkrei" + hashlib.sha256(content).hexdigest()[:52]
        self.blobs[link] = {"$type": "blob", "ref": {"$link": link}, "mimeType": mime_type, "size": len(content)}
        return self.blobs[link]

    async def _get_record(self, request):
        asked = request.query
        stored = self.records.get(asked["rkey"])
        if not self.is_active or asked["repo"] != DID:  # not its own: asked of the network, where nobody answers
            return refusal(502, *_UPSTREAM)
        if stored is None:
            uri = f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}"
            return refusal(400, "RecordNotFound", f"Could not locate record: {uri}")
        return web.json_response(stored)

    async def _get_posts(self, request):
        if wrong := self.wrong_token(request):
            return wrong
        if not self.has_index:
            return refusal(502, *_UPSTREAM)
        found = [self.records[uri.rsplit("/", 1)[-1]] for uri in request.query.getall("uris") if self._has(uri)]
        counts = {"likeCount": 7, "repostCount": 2, "quoteCount": 1, "replyCount": 3, "bookmarkCount": 4}
        return web.json_response(
            {"posts": [{"uri": record["uri"], "cid": record["cid"], **counts} for record in found]}
        )

    def _has(self, uri):
        return uri.rsplit("/", 1)[-1] in self.records

    async def _get_profile(self, request):
        if wrong := self.wrong_token(request):
            return wrong
        if not self.has_index:
            return refusal(502, *_UPSTREAM)
        return web.json_response(
            {"did": DID, "handle": "ada.test", "displayName": "Ada", "followersCount": 12, "postsCount": 3}
        )
