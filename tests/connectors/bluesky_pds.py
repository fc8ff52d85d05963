"""A small personal data server of the AT Protocol that answers as the real one does: statuses, errors and words were
read off it (see `test_bluesky_real.py`).

It is stricter in two points where the real one believes its clients: a facet must cover the words that it is about, and
a reply must name a record that there is.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from contextlib import suppress

import regex
from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

DID = "did:plc:ada234567abcdefghijklmno"
PASSWORD = "abcd-efgh-ijkl-mnop"
_UPSTREAM = ("UpstreamFailure", "Upstream service unreachable")
ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS = 7200, 90 * 86400, 7200
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TID = re.compile(r"[234567a-j][234567a-z]{12}")


def _invalid(what, where):
    return f"Invalid app.bsky.feed.post record: {what} at $.record.{where}"


def _malformed(given):
    record, text = given["record"], given["record"]["text"]
    if not _TID.fullmatch(given["rkey"]):
        return f'Invalid record key for {given["collection"]}: Invalid TID string (got "{given["rkey"]}") at $'
    if not _TIME.fullmatch(record["createdAt"]):
        return _invalid(f'Invalid datetime (got "{record["createdAt"]}")', "createdAt")
    if (size := len(text.encode())) > 3000:
        return _invalid(f"string too big (maximum 3000, got {size})", "text")
    if (graphemes := len(regex.findall(r"\X", text))) > 300:
        return _invalid(f"grapheme too big (maximum 300, got {graphemes})", "text")
    return None


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
        self.successors: dict[str, str] = {}  # refresh token: the one that it was traded for
        self.has_index = True  # whether the service that counts likes and followers answers
        self.is_active = True
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

    def _pair(self, refresh=None):
        return {
            "accessJwt": self._issue("access", ACCESS_SECONDS),
            "refreshJwt": refresh or self._issue("refresh", REFRESH_SECONDS),
            "did": DID,
            "handle": "ada.test",
        }

    def _wrong_token(self, request, kind="access"):
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
        if wrong := self._wrong_token(request, "refresh"):
            return wrong
        token = request.headers["Authorization"].removeprefix("Bearer ")
        kind, end = self.tokens[token]
        self.tokens[token] = (kind, min(end, clock.now().timestamp() + GRACE_SECONDS))
        pair = self._pair(self.successors.get(token))  # within the grace: the same new one again
        self.successors[token] = pair["refreshJwt"]
        return web.json_response(pair)

    async def _create_record(self, request):
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
        if problem := _malformed(given) or self._unfounded(given["record"]):
            return refusal(400, "InvalidRequest", problem)
        if given["rkey"] not in self.records:
            return None
        if names_taken_keys:
            return refusal(400, "InvalidRequest", f"There is already a value at key: {given['rkey']}")
        return refusal(500, "InternalServerError", "Internal Server Error")

    def _unfounded(self, record):
        text = record["text"].encode()
        for facet in record.get("facets", []):
            piece = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()  # a torn character fails
            feature = facet["features"][0]
            if not (piece == f"#{feature.get('tag')}" or feature.get("uri", "").endswith(piece)):
                return _invalid(f"facet points at {piece!r}", "facets")
        for reference in record.get("reply", {}).values():
            known = self.records.get(reference["uri"].rsplit("/", 1)[-1])
            if known is None or known["cid"] != reference["cid"]:
                return _invalid("unknown record", "reply")
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
        asked = request.query
        stored = self.records.get(asked["rkey"])
        if not self.is_active or asked["repo"] != DID:  # not its own: asked of the network, where nobody answers
            return refusal(502, *_UPSTREAM)
        if stored is None:
            uri = f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}"
            return refusal(400, "RecordNotFound", f"Could not locate record: {uri}")
        return web.json_response(stored)

    async def _get_posts(self, request):
        if wrong := self._wrong_token(request):
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
        if wrong := self._wrong_token(request):
            return wrong
        if not self.has_index:
            return refusal(502, *_UPSTREAM)
        return web.json_response(
            {"did": DID, "handle": "ada.test", "displayName": "Ada", "followersCount": 12, "postsCount": 3}
        )
