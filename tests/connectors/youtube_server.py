"""A small YouTube with Google's sign-in: one channel, its videos in memory, resumable uploads, Google's refusals."""

import asyncio
import base64
import hashlib
import re
import secrets
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

CHANNEL, CLIENT, SECRET = "UCada0000000000000000001", "client-1", "client-secret-1"
REDIRECT = "https://aipromote.example/channels/callback"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
QUARTER = 256 * 1024
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
_STATUS = {"privacyStatus", "selfDeclaredMadeForKids", "embeddable", "license", "publicStatsViewable"}


def refusal(number, reason, message="Refused.", *, headers=None, **more):
    errors = [{"domain": "youtube.video", "reason": reason, "message": message}]
    body = {"error": {"code": number, "message": message, "errors": errors} | more}
    return web.json_response(body, status=number, headers=headers)


def oauth_refusal(error):
    return web.json_response({"error": error, "error_description": "Bad Request"}, status=400)


class YouTubeServer:
    """`faults` holds (kind, seconds, style) for the next calls that make a video public or write a comment."""

    def __init__(self) -> None:
        self.videos: dict[str, dict] = {}
        self.sessions: dict[str, dict] = {}
        self.comments: dict[str, dict] = {}
        self.tokens: dict[str, tuple[str, str]] = {}  # token: kind, scope
        self.codes: dict[str, tuple[str, str]] = {}  # code: challenge, scope
        self.faults: list[tuple[str, float, str]] = []
        self.upload_faults: list[str] = []
        self.outcome: dict = {"uploadStatus": "processed"}
        self.works = 1  # how often a video is still being worked on when it is asked for
        self.is_audited = True
        self.has_channel = True
        self.updates = self.opened = 0
        app = web.Application(client_max_size=32_000_000)
        for verb, path, handler in (
            ("POST", "/token", self._token),
            ("POST", "/revoke", self._revoke),
            ("POST", "/upload/youtube/v3/videos", self._open),
            ("PUT", "/upload/youtube/v3/videos", self._bytes),
            ("GET", "/youtube/v3/videos", self._list),
            ("PUT", "/youtube/v3/videos", self._update),
            ("DELETE", "/youtube/v3/videos", self._delete),
            ("DELETE", "/youtube/v3/comments", self._delete),
            ("GET", "/youtube/v3/channels", self._channels),
            ("POST", "/youtube/v3/commentThreads", self._comment),
            ("GET", "/youtube/v3/commentThreads", self._comments),
        ):
            app.router.add_route(verb, path, handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def agree(self, address, scope=None):
        """The person says yes: code and state as the browser brings them back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == (CLIENT, REDIRECT, "code")
        assert (asked["access_type"], asked["prompt"], asked["code_challenge_method"]) == ("offline", "consent", "S256")
        code = secrets.token_hex(8)
        self.codes[code] = asked["code_challenge"], scope or asked["scope"]
        return code, asked["state"]

    def end(self, *kinds) -> None:
        self.tokens = {token: kept for token, kept in self.tokens.items() if kept[0] not in kinds}

    def issue(self, kind, scope=SCOPE):
        token = f"ya29.{kind}-{secrets.token_hex(8)}"
        self.tokens[token] = (kind, scope)
        return token

    async def _token(self, request):
        given = await request.post()
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return oauth_refusal("invalid_client")
        if given["grant_type"] == "refresh_token":
            known = self.tokens.get(given["refresh_token"])
            if known is None or known[0] != "refresh":
                return oauth_refusal("invalid_grant")
            return web.json_response(self._access(known[1]))
        challenge, scope = self.codes.pop(given["code"], ("", ""))
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge or given["redirect_uri"] != REDIRECT:
            return oauth_refusal("invalid_grant")
        return web.json_response(self._access(scope) | {"refresh_token": self.issue("refresh", scope)})

    def _access(self, scope):
        token = self.issue("access", scope)
        return {"access_token": token, "expires_in": 3599, "scope": scope, "token_type": "Bearer"}

    async def _revoke(self, request):
        token = (await request.post())["token"]
        if token not in self.tokens:
            return oauth_refusal("invalid_token")
        self.tokens.clear()
        return web.json_response({})

    def _wrong_token(self, request):
        known = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if known is None or known[0] != "access":
            return refusal(401, "authError", "Invalid Credentials", status="UNAUTHENTICATED")
        if SCOPE not in known[1].split():
            details = [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
            return refusal(403, "insufficientPermissions", "Insufficient Permission", details=details)
        return None

    async def _open(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        given, asked = await request.json(), request.query
        if (asked.get("uploadType"), asked.get("part")) != ("resumable", "snippet,status"):
            return refusal(400, "invalidParameter")
        if wrong := self._wrong_metadata(given):
            return wrong
        if self.upload_faults and self.upload_faults[0] in {"quotaExceeded", "uploadLimitExceeded"}:
            reason = self.upload_faults.pop(0)
            return refusal(403 if reason == "quotaExceeded" else 400, reason)
        key = f"AB%2Bx_{secrets.token_hex(8)}"
        size = int(request.headers["X-Upload-Content-Length"])
        assert request.headers["X-Upload-Content-Type"].startswith("video/")
        self.sessions[key] = {"given": given, "size": size, "content": b"", "chunks": [], "video": None}
        self.opened += 1
        address = f"{self.url}/upload/youtube/v3/videos?uploadType=resumable&upload_id={key}"
        return web.Response(headers={"Location": address})

    def _wrong_metadata(self, given):
        title, text = given["snippet"]["title"], given["snippet"]["description"]
        if not 0 < len(title) <= 100 or "<" in title:
            return refusal(400, "invalidTitle", "The request metadata specifies an invalid video title.")
        if len(text.encode()) > 5000 or "<" in text or text == "refuse":
            return refusal(400, "invalidDescription", "The request metadata specifies an invalid video description.")
        if set(given["status"]) != _STATUS or given["status"]["privacyStatus"] != "private":
            return refusal(400, "invalidVideoMetadata")
        return None

    async def _bytes(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        session = self.sessions.get(request.rel_url.raw_query_string.partition("upload_id=")[2])
        if session is None:
            return web.Response(status=404)
        content, (first, last, total) = (
            await request.read(),
            _RANGE.fullmatch(request.headers["Content-Range"]).groups(),
        )
        assert int(total) == session["size"]
        fault = self.upload_faults.pop(0) if content and self.upload_faults else ""
        if fault == "503":
            return web.Response(status=503)
        if content and session["video"] is None:
            assert len(content) == int(last) - int(first) + 1
            if int(first) != len(session["content"]) or (len(content) % QUARTER and int(last) + 1 != int(total)):
                return refusal(400, "badRequest", "Wrong range.")
            session["chunks"].append(len(content))
            session["content"] += content[: {"half": QUARTER, "nothing": 0}.get(fault)]
        if len(session["content"]) < session["size"]:
            if fault == "drop":
                request.transport.abort()
            size = len(session["content"])
            return web.Response(status=308, headers={"Range": f"bytes=0-{size - 1}"} if size else {})
        session["video"] = session["video"] or self._new_video(session)
        if fault == "drop":
            request.transport.abort()
        return web.json_response({"kind": "youtube#video", "id": session["video"]}, status=201 if content else 200)

    def _new_video(self, session):
        number = secrets.token_urlsafe(8)
        given = session["given"]
        self.videos[number] = {
            "snippet": given["snippet"], "status": dict(given["status"]), "content": session["content"],
            "left": self.works,
        }  # fmt: skip
        return number

    async def _list(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        found = [(number, self.videos[number]) for number in request.query["id"].split(",") if number in self.videos]
        if request.query["part"] == "statistics":
            told = {"viewCount": "120", "likeCount": "7", "favoriteCount": "0", "commentCount": "3"}
            return self._items("video", [{"id": number, "statistics": told} for number, _ in found])
        shown = [{"id": number, "status": video["status"] | self._progress(video)} for number, video in found]
        return self._items("video", shown)

    def _items(self, kind, items):
        return web.json_response({"kind": f"youtube#{kind}ListResponse"} | ({"items": items} if items else {}))

    def _progress(self, video):
        video["left"] -= 1
        return {"uploadStatus": "uploaded"} if video["left"] >= 0 else self.outcome

    async def _update(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        self.updates += 1
        given = await request.json()
        video = self.videos.get(given["id"])
        if video is None:
            return refusal(404, "videoNotFound", "The video that you are trying to update cannot be found.")
        if request.query["part"] != "status" or set(given["status"]) != _STATUS:
            return refusal(400, "invalidVideoMetadata")

        def store():
            if self.is_audited:
                video["status"] = given["status"]
            return {"kind": "youtube#video", "id": given["id"], "status": video["status"]}

        return await self._perhaps(request, store)

    async def _perhaps(self, request, store):
        kind, seconds, style = self.faults.pop(0) if self.faults else ("", 0, "")
        if kind == "rate_limit":
            later = {"Retry-After": str(int(seconds))}
            return refusal(429 if style == "seconds" else 403, "rateLimitExceeded", headers=later)
        if kind == "refuse":
            return refusal(400, "invalidVideoMetadata", "The request metadata is invalid.")
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        stored = store()
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return refusal(500, "backendError", "Backend Error")
        if kind == "malformed":
            return web.Response(text='{"id": "', content_type="application/json")
        return web.json_response(stored)

    async def _delete(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        kept = self.videos if request.path.endswith("videos") else self.comments
        if kept.pop(request.query["id"], None) is None:
            return refusal(404, "videoNotFound" if kept is self.videos else "commentNotFound", "It cannot be found.")
        return web.Response(status=204)

    async def _channels(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        snippet = {"title": "Ada's films", "customUrl": "@ada"}
        told = {"subscriberCount": "1200", "hiddenSubscriberCount": False, "videoCount": "3"}
        one = {"id": CHANNEL, "snippet": snippet, "statistics": told}
        return self._items("channel", [one] if self.has_channel else [])

    async def _comment(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        given = (await request.json())["snippet"]
        if given["videoId"] not in self.videos:
            return refusal(404, "videoNotFound", "The video cannot be found.")
        if self.videos[given["videoId"]].get("no_comments"):
            return refusal(403, "commentsDisabled", "The video has disabled comments.")

        def store():
            number = f"Ugz{secrets.token_hex(10)}4AaABAg"
            text = given["topLevelComment"]["snippet"]["textOriginal"]
            said = {"textOriginal": text, "textDisplay": text, "authorChannelId": {"value": CHANNEL}}
            said |= {"publishedAt": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")}
            thread = {"id": number, "snippet": {"videoId": given["videoId"], "topLevelComment": {"snippet": said}}}
            self.comments[number] = thread
            return thread

        return await self._perhaps(request, store)

    async def _comments(self, request):
        if wrong := self._wrong_token(request):
            return wrong
        odd = [
            {"id": 7},
            {"id": "x", "snippet": {"topLevelComment": {"snippet": {"authorChannelId": {"value": "UC"}}}}},
        ]
        return self._items("commentThread", [*self.comments.values(), *odd])
