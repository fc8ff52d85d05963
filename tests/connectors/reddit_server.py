"""A small Reddit with its sign-in and its storage: one person, some subreddits, posts in memory, Reddit's refusals."""

import asyncio
import base64
import secrets
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

USER, CLIENT, SECRET = "ada", "client-1", "client-secret-1"
REDIRECT = "https://aipromote.example/channels/callback"
FLAIR_ID = "5b6a2f0c-1111-11ee-b962-0242ac120002"
SCOPES = {"identity", "read", "submit", "flair", "history", "edit"}


def said(status, message, headers=None, **more):
    return web.json_response({"message": message, "error": status} | more, status=status, headers=headers)


def errors(*told):
    return web.json_response({"json": {"errors": [list(told)]}})


class RedditServer:
    """`faults` holds (kind, seconds) for the next calls that publish; `refuses` the next error list."""

    def __init__(self) -> None:
        self.posts: dict[str, dict] = {}
        self.comments: dict[str, dict] = {}
        self.assets: dict[str, bytes] = {}
        self.leases: dict[str, str] = {}
        self.tokens: dict[str, tuple[str, set]] = {}
        self.codes: dict[str, set] = {}
        self.faults: list[tuple[str, float]] = []
        self.refuses: list[tuple] = []
        self.needs_flair = False
        self.bans = False
        self.hides = False
        self.storage_status = 201
        self.fillers = 0
        app = web.Application(client_max_size=32_000_000)
        for verb, path, handler in (
            ("POST", "/api/v1/access_token", self._token),
            ("POST", "/api/v1/revoke_token", self._revoke),
            ("GET", "/api/v1/me", self._me),
            ("GET", "/r/{sr}/about", self._about),
            ("GET", "/r/{sr}/api/link_flair_v2", self._flairs),
            ("POST", "/api/submit", self._submit),
            ("POST", "/api/submit_gallery_post.json", self._gallery),
            ("POST", "/api/comment", self._comment),
            ("POST", "/api/media/asset.json", self._asset),
            ("POST", "/storage", self._storage),
            ("GET", "/user/{name}/submitted", self._submitted),
            ("GET", "/user/{name}/comments", self._submitted),
            ("GET", "/api/info", self._info),
            ("POST", "/api/del", self._delete),
        ):
            app.router.add_route(verb, path, handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def agree(self, address):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["redirect_uri"], asked["response_type"]) == (CLIENT, REDIRECT, "code")
        assert asked["duration"] == "permanent"
        code = secrets.token_hex(8)
        self.codes[code] = set(asked["scope"].split())
        return code, asked["state"]

    def end(self, *kinds) -> None:
        self.tokens = {token: kept for token, kept in self.tokens.items() if kept[0] not in kinds}

    def issue(self, kind, scopes=SCOPES):
        token = f"{kind}-{secrets.token_hex(8)}"
        self.tokens[token] = (kind, set(scopes))
        return token

    def _wrong_app(self, request):
        if not request.headers.get("User-Agent", "").startswith("web:client-1:"):
            return said(429, "Too Many Requests")
        pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        return None if pair == f"{CLIENT}:{SECRET}" else said(401, "Unauthorized")

    async def _token(self, request):
        if wrong := self._wrong_app(request):
            return wrong
        given = await request.post()
        if given["grant_type"] == "refresh_token":
            kind, scopes = self.tokens.get(given["refresh_token"], ("", set()))
            return self._access(scopes) if kind == "refresh" else said(400, "Bad Request")
        scopes = self.codes.pop(given["code"], None)
        if scopes is None or given["redirect_uri"] != REDIRECT:
            return web.json_response({"error": "invalid_grant"})
        return self._access(scopes, refresh_token=self.issue("refresh", scopes))

    def _access(self, scopes, **more):
        token = self.issue("access", scopes)
        body = {"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": " ".join(sorted(scopes))}
        return web.json_response(body | more)

    async def _revoke(self, request):
        if wrong := self._wrong_app(request):
            return wrong
        given = await request.post()
        if given["token_type_hint"] == "refresh_token":
            self.tokens.clear()
        self.tokens.pop(given["token"], None)
        return web.Response(status=204)

    def _wrong(self, request, scope):
        if not request.headers.get("User-Agent", "").startswith("web:client-1:v1 ("):
            return said(429, "Too Many Requests")
        kind, scopes = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), ("", set()))
        if kind != "access":
            return said(401, "Unauthorized")
        if scope not in scopes:
            return said(403, "Forbidden", {"WWW-Authenticate": 'Bearer realm="reddit", error="insufficient_scope"'})
        return None

    async def _me(self, request):
        shown = {"name": USER, "subreddit": {"title": "Ada", "subscribers": 12}}
        return self._wrong(request, "identity") or web.json_response(shown)

    async def _about(self, request):
        if wrong := self._wrong(request, "read"):
            return wrong
        name = request.match_info["sr"].lower()
        if name == "secret":
            return said(403, "Forbidden", reason="private")
        if name != "startups":
            return said(404, "Not Found")
        data = {"display_name": "startups", "title": "Startups", "subscribers": 1_900_000, "user_is_banned": self.bans}
        return web.json_response({"kind": "t5", "data": data})

    async def _flairs(self, request):
        shown = [{"id": FLAIR_ID, "text": "I will not promote"}, {"id": "x1", "text": "Feedback"}]
        return self._wrong(request, "flair") or web.json_response(shown)

    async def _submit(self, request):
        if wrong := self._wrong(request, "submit"):
            return wrong
        given = dict(await request.post())
        assert (given["api_type"], given["validate_on_submit"]) == ("json", "true")
        if wrong := self._refused(given):
            return wrong
        if given["kind"] == "link":
            assert given["resubmit"] == "false"
            if any(post.get("url") == given["url"] and post["sr"] == given["sr"] for post in self.posts.values()):
                return errors("ALREADY_SUB", "that link has already been submitted", "url")
        if given["kind"] == "image" and given["url"] not in self.assets:
            return errors("BAD_IMAGE", "no such picture", "url")
        answer = {"websocket_url": "wss://ws.example", "user_submitted_page": "x"} if given["kind"] == "image" else None
        return await self._perhaps(request, lambda: self._store(given), answer)

    def _refused(self, given):
        if self.refuses:
            return errors(*self.refuses.pop(0))
        if given["sr"].lower() not in {"startups", f"u_{USER}"}:
            return errors("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr")
        if not 0 < len(given["title"]) <= 300:
            return errors("NO_TEXT", "we need something here", "title")
        if self.needs_flair and given.get("flair_id") != FLAIR_ID:
            return errors("SUBMIT_VALIDATION_FLAIR_REQUIRED", "Your post must contain post flair.", "flair")
        if len(given.get("text", "")) > 40_000:
            return errors("TOO_LONG", "this is too long (max: 40000)", "text")
        return None

    def _store(self, given):
        number = f"1k{len(self.posts):04x}"
        self.posts[f"t3_{number}"] = given | {"at": clock.now().timestamp()}
        return {
            "id": number,
            "name": f"t3_{number}",
            "url": f"https://www.reddit.com/r/{given['sr']}/comments/{number}/t/",
        }

    async def _gallery(self, request):
        if wrong := self._wrong(request, "submit"):
            return wrong
        given = await request.json()
        if wrong := self._refused(given):
            return wrong
        assert 2 <= len(given["items"]) <= 20
        assert all(item["media_id"] in self.leases.values() for item in given["items"])
        stored = []
        return await self._perhaps(
            request, lambda: stored.append(self._store(given)), lambda: {"url": stored[0]["url"]}
        )

    async def _perhaps(self, request, store, told=None):
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0)
        if kind == "rate_limit":
            return said(429, "Too Many Requests", {"X-Ratelimit-Reset": str(int(seconds))})
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
            return said(500, "Internal Server Error")
        if kind == "malformed":
            return web.Response(text='{"json": {"err', content_type="application/json")
        return web.json_response({"json": {"errors": [], "data": (told() if callable(told) else told) or stored}})

    async def _comment(self, request):
        if wrong := self._wrong(request, "submit"):
            return wrong
        given = await request.post()
        if given["thing_id"] not in self.posts:
            return errors("DELETED_LINK", "that post has been deleted", "parent")

        def store():
            name = f"t1_c{len(self.comments)}"
            self.comments[name] = {"body": given["text"], "parent_id": given["thing_id"], "at": clock.now().timestamp()}
            return {"things": [{"kind": "t1", "data": {"name": name, "id": name[3:]}}]}

        return await self._perhaps(request, store)

    async def _asset(self, request):
        if wrong := self._wrong(request, "submit"):
            return wrong
        given = await request.post()
        assert given["filepath"].endswith({"image/png": "png", "image/jpeg": "jpg"}[given["mimetype"]])
        key = f"rte_images/{secrets.token_hex(6)}"
        self.leases[key] = secrets.token_hex(6)
        fields = [
            {"name": "acl", "value": "private"},
            {"name": "key", "value": key},
            {"name": "policy", "value": "p0l1cy"},
        ]
        asset = {"asset_id": self.leases[key], "websocket_url": "wss://ws.example"}
        return web.json_response({"args": {"action": f"{self.url}/storage", "fields": fields}, "asset": asset})

    async def _storage(self, request):
        assert "Authorization" not in request.headers
        assert request.content_length is not None
        names, content, key = [], b"", ""
        async for part in await request.multipart():
            names.append(part.name)
            value = bytes(await part.read())
            key = value.decode() if part.name == "key" else key
            content = value if part.name == "file" else content
        assert names == ["acl", "key", "policy", "file"]  # the file comes last, or the storage ignores what follows
        if self.storage_status == 201:
            self.assets[f"{self.url}/storage/{key}"] = content
        return web.Response(status=self.storage_status, text="<?xml version='1.0'?><PostResponse/>")

    async def _submitted(self, request):
        if wrong := self._wrong(request, "history"):
            return wrong
        assert (request.match_info["name"], request.query["raw_json"]) == (USER, "1")
        if request.path.endswith("comments"):
            shown = [{"name": name, "created_utc": one["at"]} | one for name, one in self.comments.items()]
        else:
            shown = [
                {"name": name, "subreddit": one["sr"], "title": one["title"], "created_utc": one["at"]}
                for name, one in self.posts.items()
            ]
        odd = [{"name": "t3_odd", "subreddit": "startups", "title": "Odd"}, {"name": "t9"}]
        more = [
            {"name": f"t3_f{n}", "subreddit": "other", "created_utc": clock.now().timestamp()}
            for n in range(self.fillers)
        ]
        listed = [{"kind": "t", "data": one} for one in (*([] if self.hides else reversed(shown)), *odd, *more)]
        return web.json_response({"kind": "Listing", "data": {"children": [*listed, 7][:100]}})

    async def _info(self, request):
        if wrong := self._wrong(request, "read"):
            return wrong
        name = request.query["id"]
        data = {"name": name, "score": -2 if name.startswith("t1_") else 42, "upvote_ratio": 0.9, "view_count": None}
        data |= {} if name.startswith("t1_") else {"num_comments": 3, "num_crossposts": 1}
        found = [{"kind": "t", "data": data}] if name in self.posts or name in self.comments else []
        return web.json_response({"kind": "Listing", "data": {"children": found}})

    async def _delete(self, request):
        if wrong := self._wrong(request, "edit"):
            return wrong
        name = (await request.post())["id"]
        self.posts.pop(name, None)
        self.comments.pop(name, None)
        return web.json_response({})
