"""A small Pinterest: consent with Basic, boards in pages, pins, and a storage for videos that wants a form in order."""

import asyncio
import base64
import secrets
from contextlib import suppress
from datetime import UTC, timedelta
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

APP_ID, APP_SECRET = "1500000", "fake-app-secret"
SCOPE = "boards:read,boards:write,pins:read,pins:write,user_accounts:read"
BOARDS = {"1001": "Launch", "1002": "Behind the scenes", "1003": "Charts"}
PARAMETERS = ["x-amz-data", "x-amz-signature", "x-amz-date", "x-amz-algorithm", "key", "policy", "Content-Type"]


def refusal(status, code, message, **more):
    return web.json_response({"code": code, "message": message}, status=status, **more)


class Pinterest:
    """`states` are what a video's processing answers, one after the other, the last for ever."""

    def __init__(self) -> None:
        self.pins: list[dict] = []
        self.codes: dict[str, str] = {}
        self.tokens: dict[str, str] = {}  # access token: its scope
        self.refreshes: set[str] = set()
        self.faults: list[tuple[str, float, str]] = []
        self.videos: dict[str, dict] = {}
        self.states = ["registered", "processing", "succeeded"]
        self.storage_status = 204
        self.upload_host = None
        self.boards = dict(BOARDS)
        self.is_trial = False
        self.page_size = 2
        self.analytics = {
            "summary_metrics": {"IMPRESSION": 240, "OUTBOUND_CLICK": 20, "SAVE": 21, "SAVE_RATE": 0.18},
            "lifetime_metrics": {"TOTAL_COMMENTS": 3, "TOTAL_REACTIONS": 10},
        }
        app = web.Application(client_max_size=100_000_000)
        app.router.add_get("/oauth/", self._consent)
        app.router.add_post("/v5/oauth/token", self._token)
        app.router.add_post("/v5/oauth/token/revoke", self._revoke)
        app.router.add_post("/storage", self._storage)
        for method, path, handler in (
            ("GET", "/v5/boards", self._boards),
            ("GET", "/v5/boards/{id}", self._board),
            ("POST", "/v5/pins", self._create),
            ("GET", "/v5/pins", self._list),
            ("DELETE", "/v5/pins/{id}", self._delete),
            ("GET", "/v5/pins/{id}/analytics", self._analytics),
            ("POST", "/v5/media", self._register),
            ("GET", "/v5/media/{id}", self._media),
        ):
            app.router.add_route(method, path, self._known(handler))
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def _known(self, handler):
        async def checked(request):
            scope = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
            if scope is None:
                return refusal(401, 2, "Authentication failed.")
            needed = "pins:write" if request.method != "GET" else request.path.split("/")[2] + ":read"
            if needed.partition(":")[0] in {"pins", "boards"} and needed not in scope.split(","):
                return refusal(403, 29, "Your application does not have access to this resource.")
            return await handler(request)

        return checked

    async def _consent(self, request):
        asked = request.query
        if asked["client_id"] != APP_ID or asked["response_type"] != "code" or "," not in asked["scope"]:
            return refusal(400, 1, "Invalid consent")
        code = secrets.token_hex(8)
        self.codes[code] = asked["redirect_uri"]
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return web.Response(status=302, headers={"Location": back})

    def _is_app(self, request):
        wanted = base64.b64encode(f"{APP_ID}:{APP_SECRET}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {wanted}"

    async def _token(self, request):
        given = await request.post()
        if not self._is_app(request):
            return refusal(401, 2, "Authentication failed.")
        if given["grant_type"] == "authorization_code":
            if self.codes.pop(given["code"], None) != given["redirect_uri"] or given["continuous_refresh"] != "true":
                return refusal(400, 283, "Invalid authorization code.")
        elif given["refresh_token"] not in self.refreshes:
            return refusal(400, 3, "Invalid refresh token.")
        return web.json_response(self.issue())

    def issue(self, scope=SCOPE):
        access, refresh = f"pina_{secrets.token_hex(12)}", f"pinr_{secrets.token_hex(12)}"
        self.tokens[access] = scope
        self.refreshes.add(refresh)
        return {
            "response_type": "authorization_code",
            "access_token": access,
            "token_type": "bearer",
            "expires_in": 2592000,
            "refresh_token": refresh,
            "refresh_token_expires_in": 5184000,
            "scope": scope,
        }

    async def _revoke(self, request):
        if not self._is_app(request):
            return refusal(401, 2, "Authentication failed.")
        self.tokens.pop((await request.post())["token"], None)
        return web.json_response({})

    def _board_of(self, number):
        return {
            "id": number,
            "name": self.boards[number],
            "owner": {"username": "ada"},
            "privacy": "PUBLIC",
            "follower_count": 12,
            "pin_count": len(self.pins),
        }

    async def _boards(self, request):
        return self._page(request, [self._board_of(number) for number in self.boards])

    def _page(self, request, items):
        start = int(request.query.get("bookmark", "0"))
        end = start + self.page_size
        return web.json_response({"items": items[start:end], "bookmark": str(end) if end < len(items) else None})

    async def _board(self, request):
        if request.match_info["id"] not in self.boards:
            return refusal(404, 40, "Board not found.")
        return web.json_response(self._board_of(request.match_info["id"]))

    async def _create(self, request):
        kind, seconds, style = self.faults.pop(0) if self.faults else ("", 0, "")
        if kind == "rate_limit":
            name = "Retry-After" if style == "seconds" else "x-ratelimit-reset"
            return refusal(429, 8, "You have exceeded your rate limit.", headers={name: str(int(seconds))})
        if kind == "refuse":
            return refusal(400, 1, "Invalid request: 'description' is too long")
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        given = await request.json()
        if problem := self._invalid(given):
            return problem
        stamp = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        pin = given | {"id": str(len(self.pins) + 99965844), "created_at": stamp}
        self.pins.insert(0, pin)
        return await self._answer(request, pin, kind, seconds)

    def _invalid(self, given):
        if self.is_trial:
            return refusal(403, 29, "Apps with Trial access may not create Pins in production.")
        if given["board_id"] not in self.boards:
            return refusal(404, 40, "Board not found.")
        limits = {"title": 100, "description": 800, "alt_text": 500, "link": 2048}
        if any(len(given.get(name, "")) > limit for name, limit in limits.items()):
            return refusal(400, 1, "Invalid request: too long")
        return self._broken(given["media_source"])

    def _broken(self, source):
        items = source.get("items", [source])
        if source["source_type"].startswith("multiple") and not 2 <= len(items) <= 5:
            return refusal(400, 1, "Invalid request: items")
        for item in items:
            if "base64" in source["source_type"]:
                if item["content_type"] not in {"image/png", "image/jpeg"}:
                    return refusal(403, 235, "The Pin's image is too small, too large or is broken")
                base64.b64decode(item["data"], validate=True)
        if source["source_type"] == "video_id":
            video = self.videos.get(source["media_id"])
            if not video or video["status"] != "succeeded" or "cover_image_key_frame_time" not in source:
                return refusal(400, 1, "Invalid request: media is not ready or has no cover")
        return None

    async def _answer(self, request, pin, kind, seconds):
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return refusal(500, 0, "Something went wrong on our end. Sorry about that.")
        if kind == "malformed":
            return web.Response(text='{"id": ', content_type="application/json", status=201)
        return web.json_response({name: pin[name] for name in pin if name != "media_source"}, status=201)

    async def _list(self, request):
        return self._page(request, [{name: pin[name] for name in pin if name != "media_source"} for pin in self.pins])

    def _find(self, request):
        return next((pin for pin in self.pins if pin["id"] == request.match_info["id"]), None)

    async def _delete(self, request):
        pin = self._find(request)
        if pin is None:
            return refusal(404, 50, "Pin not found.")
        self.pins.remove(pin)
        return web.Response(status=204)

    async def _analytics(self, request):
        asked = request.query
        days = timedelta(days=90)
        if clock.now().date() - type(clock.now().date()).fromisoformat(asked["start_date"]) > days:
            return refusal(400, 1, "start_date is out of range")
        if self._find(request) is None:
            return refusal(404, 50, "Pin not found.")
        return web.json_response({"all": self.analytics})

    async def _register(self, request):
        if await request.json() != {"media_type": "video"}:
            return refusal(400, 1, "Invalid media type")
        number = str(len(self.videos) + 5200)
        given = {name: "video/mp4" if name == "Content-Type" else f"{name}-{number}" for name in PARAMETERS}
        self.videos[number] = {"given": given, "states": list(self.states), "size": 0, "status": "registered"}
        url = f"{self.upload_host or self.url}/storage"
        return web.json_response(
            {"media_id": number, "media_type": "video", "upload_url": url, "upload_parameters": given}, status=201
        )

    async def _storage(self, request):
        if "Authorization" in request.headers or "Transfer-Encoding" in request.headers:
            return web.Response(status=400, text="<Error><Code>InvalidArgument</Code></Error>")
        fields, size, reader = {}, None, await request.multipart()
        while (part := await reader.next()) is not None:
            if size is not None:
                return web.Response(status=400, text="<Error><Code>FileIsNotLast</Code></Error>")
            if part.name == "file":
                size = len(await part.read())
            else:
                fields[part.name] = (await part.read()).decode()
        video = next((one for one in self.videos.values() if one["given"] == fields), None)
        if video is None or list(fields) != PARAMETERS or size is None:
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        if self.storage_status == 204:
            video["size"] = size
        return web.Response(status=self.storage_status)

    async def _media(self, request):
        video = self.videos.get(request.match_info["id"])
        if video is None:
            return refusal(404, 60, "Media upload not found.")
        if video["size"]:
            video["status"] = video["states"].pop(0) if len(video["states"]) > 1 else video["states"][0]
        return web.json_response(
            {"media_id": request.match_info["id"], "media_type": "video", "status": video["status"]}
        )
