"""A small TikTok: one creator, posts in memory, rotating tokens, uploads by chunks, and TikTok's refusals."""

import asyncio
import hashlib
import re
import secrets
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

OPEN_ID, CLIENT, SECRET = "-000ada-open-id", "client-key-1", "client-secret-1"
REDIRECT = "https://aipromote.example/channels/callback"
LEAST, MOST, LAST = 5 * 1024 * 1024, 64_000_000, 128_000_000
ALL = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_STATUSES = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}


def said(data=None, code="ok", *, status=None, headers=None):
    error = {"code": code, "message": "" if code == "ok" else f"Words about {code}.", "log_id": "202605040930"}
    return web.json_response(
        {"data": data or {}, "error": error}, status=status or _STATUSES.get(code, 200), headers=headers
    )


def flat(error, status=400):
    return web.json_response({"error": error, "error_description": "Words.", "log_id": "2026"}, status=status)


class TikTokServer:
    """`faults` holds (kind, seconds) for the next calls that publish. `refuses` answers the next to a path's end."""

    def __init__(self) -> None:
        self.posts: dict[str, dict] = {}  # publish_id: the upload or the post
        self.tokens: dict[str, tuple[str, set]] = {}
        self.codes: dict[str, str] = {}
        self.faults: list[tuple[str, float]] = []
        self.refuses: dict[str, tuple[str, int]] = {}
        self.put_faults: list[int] = []
        self.creator = {"creator_username": "ada", "privacy_level_options": ALL, "max_video_post_duration_sec": 300}
        self.moderates = 1  # how often a post has no number yet
        self.failure = ""
        self.lists = True
        self.opened = 0
        app = web.Application(client_max_size=200_000_000)
        post = "/v2/post/publish"
        for path, handler in (
            ("/v2/oauth/token/", self._token),
            ("/v2/oauth/revoke/", self._revoke),
            (f"{post}/creator_info/query/", self._creator_info),
            (f"{post}/video/init/", self._video_init),
            (f"{post}/content/init/", self._content_init),
            (f"{post}/status/fetch/", self._status),
            ("/v2/video/list/", self._list),
            ("/v2/video/query/", self._query),
        ):
            app.router.add_post(path, handler)
        app.router.add_get("/v2/user/info/", self._user)
        app.router.add_put("/upload/", self._chunk)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def agree(self, address):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_key"], asked["redirect_uri"], asked["response_type"]) == (CLIENT, REDIRECT, "code")
        code = secrets.token_hex(8) + "*!1234.va"
        self.codes[code] = asked["code_challenge"]
        self.asked = set(asked["scope"].split(","))
        return code.replace("*", "%2A").replace("!", "%21"), asked["state"]

    def end(self, *kinds) -> None:
        self.tokens = {token: kept for token, kept in self.tokens.items() if kept[0] not in kinds}

    def issue(self, kind, scopes):
        token = f"{kind}.{secrets.token_hex(8)}"
        self.tokens[token] = (kind, set(scopes))
        return token

    def published(self):
        return [post for post in self.posts.values() if post["is_whole"] and not self.failure]

    async def _token(self, request):
        given = await request.post()
        if given.get("client_key") != CLIENT or given.get("client_secret") != SECRET:
            return flat("invalid_client", 401)
        if given["grant_type"] == "refresh_token":
            kind, scopes = self.tokens.pop(given["refresh_token"], ("", set()))
            if kind != "refresh":
                return flat("invalid_grant", 200)
            return self._pair(scopes)
        challenge = self.codes.pop(given["code"], "")
        if hashlib.sha256(given["code_verifier"].encode()).hexdigest() != challenge:
            return flat("invalid_request")
        return self._pair(self.asked)

    def _pair(self, scopes):
        body = {"open_id": OPEN_ID, "scope": ",".join(sorted(scopes)), "token_type": "Bearer", "expires_in": 7200}
        body |= {"access_token": self.issue("access", scopes), "refresh_token": self.issue("refresh", scopes)}
        return web.json_response(body | {"refresh_expires_in": 15_552_000})

    async def _revoke(self, request):
        given = await request.post()
        if given["token"] not in self.tokens:
            return flat("invalid_request")
        self.tokens.clear()
        return web.Response()

    def _wrong(self, request, scope):
        kind, scopes = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), ("", set()))
        if kind != "access":
            return said(code="access_token_invalid")
        if scope not in scopes:
            return said(code="scope_not_authorized")
        end = next((end for end in self.refuses if request.path.endswith(end)), None)
        if end is not None:
            code, status = self.refuses.pop(end)
            return said(code=code, status=status)
        if request.method == "POST" and request.headers["Content-Type"] != "application/json; charset=UTF-8":
            return said(code="invalid_params", status=400)
        return None

    async def _creator_info(self, request):
        return self._wrong(request, "video.publish") or said(self.creator)

    def _wrong_info(self, info, most):
        if info["privacy_level"] not in self.creator["privacy_level_options"]:
            return said(code="privacy_level_option_mismatch", status=403)
        text = info.get("description", info["title"])
        if len(text.encode("utf-16-le")) // 2 > most:
            return said(code="invalid_param", status=400)
        return None

    async def _video_init(self, request):
        if wrong := self._wrong(request, "video.publish"):
            return wrong
        given = await request.json()
        info, source = given["post_info"], given["source_info"]
        if wrong := self._wrong_info(info, 2200):
            return wrong
        size, chunk, number = source["video_size"], source["chunk_size"], source["total_chunk_count"]
        last = size - chunk * (number - 1)
        fits = number == size // chunk and number <= 1000 and last <= LAST and (size <= LAST if number == 1 else True)
        if source["source"] != "FILE_UPLOAD" or not fits or not (LEAST <= chunk <= MOST or chunk == size):
            return said(code="invalid_params", status=400)
        self.opened += 1
        publish_id = f"v_pub_file~v2-1.{7_400_000_000_000_000_000 + self.opened}"
        self.posts[publish_id] = {
            "info": info, "size": size, "chunk": chunk, "content": b"", "is_whole": False, "left": self.moderates,
            "number": 7_500_000_000_000_000_000 + self.opened, "chunks": [], "at": int(clock.now().timestamp()),
        }  # fmt: skip
        address = f"{self.url}/upload/?upload_id={self.opened}&upload_token=s%2Bs%2F{publish_id}"
        return said({"publish_id": publish_id, "upload_url": address})

    async def _chunk(self, request):
        assert "Authorization" not in request.headers
        publish_id = request.rel_url.raw_query_string.partition("upload_token=s%2Bs%2F")[2]
        post = self.posts.get(publish_id)
        if post is None:
            return web.Response(status=404)
        content = await request.read()
        first, last, total = map(int, _RANGE.fullmatch(request.headers["Content-Range"]).groups())
        if len(content) != last - first + 1 or total != post["size"] or request.content_type != "video/mp4":
            return web.Response(status=400)
        if self.put_faults and (status := self.put_faults.pop(0)):
            if status == 416:  # it has the chunk, and its answer was lost
                post["content"] += content
            return web.Response(status=status)
        is_last = last + 1 == total
        if first != len(post["content"]) or (not is_last and len(content) != post["chunk"]):
            return web.Response(status=416)

        def store():
            post["content"] += content
            post["chunks"].append(len(content))
            post["is_whole"] = is_last

        if not is_last:
            store()
            return web.Response(status=206)
        return await self._perhaps(request, store, web.Response(status=201))

    async def _perhaps(self, request, store, answer):
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0)
        if kind == "rate_limit":
            return said(code="rate_limit_exceeded", headers={"Retry-After": str(int(seconds))})
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        store()
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return said(code="internal_error")
        if kind == "malformed":
            return web.Response(text='{"data": {', content_type="application/json")
        return answer

    async def _content_init(self, request):
        if wrong := self._wrong(request, "video.publish"):
            return wrong
        given = await request.json()
        info, source = given["post_info"], given["source_info"]
        if wrong := self._wrong_info(info, 4000):
            return wrong
        known = (given["media_type"], given["post_mode"], source["source"]) == ("PHOTO", "DIRECT_POST", "PULL_FROM_URL")
        if not known or not 0 < len(source["photo_images"]) <= 35 or len(info["title"]) > 90:
            return said(code="invalid_params", status=400)
        if not all(address.startswith("https://") for address in source["photo_images"]):
            return said(code="url_ownership_unverified", status=403)
        publish_id = f"p_pub_url~v2.{len(self.posts)}"

        def store():
            self.posts[publish_id] = {
                "info": info, "images": source["photo_images"], "is_whole": True, "left": self.moderates,
                "number": 7_600_000_000_000_000_000 + len(self.posts), "at": int(clock.now().timestamp()),
            }  # fmt: skip

        return await self._perhaps(request, store, said({"publish_id": publish_id}))

    async def _status(self, request):
        if wrong := self._wrong(request, "video.publish"):
            return wrong
        post = self.posts.get((await request.json())["publish_id"])
        if post is None:
            return said(code="invalid_publish_id", status=400)
        if not post["is_whole"]:
            return said({"status": "PROCESSING_UPLOAD", "uploaded_bytes": len(post["content"])})
        if self.failure:
            return said({"status": "FAILED", "fail_reason": self.failure})
        post["left"] -= 1
        is_public = post["info"]["privacy_level"] == "PUBLIC_TO_EVERYONE"
        ids = [post["number"]] if post["left"] < 0 and is_public else []
        return said({"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ids})

    async def _list(self, request):
        if wrong := self._wrong(request, "video.list"):
            return wrong
        assert (await request.json())["max_count"] <= 20
        shown = [
            {"id": str(post["number"]), "create_time": post["at"], "title": post["info"]["title"],
             "video_description": post["info"].get("description", post["info"]["title"]),
             "share_url": f"https://www.tiktok.com/@ada/photo/{post['number']}"}
            for post in self.published()
        ]  # fmt: skip
        return said({"videos": [*(shown if self.lists else []), {"id": 1}, 7], "has_more": False})

    async def _query(self, request):
        if wrong := self._wrong(request, "video.list"):
            return wrong
        (number,) = (await request.json())["filters"]["video_ids"]
        known = {str(post["number"]) for post in self.published()}
        counts = {"like_count": 7, "comment_count": 3, "share_count": 2, "view_count": 120}
        return said({"videos": [{"id": number, **counts}] if number in known else []})

    async def _user(self, request):
        if wrong := self._wrong(request, "user.info.basic"):
            return wrong
        known = {
            "open_id": OPEN_ID,
            "display_name": "Ada",
            "username": "ada",
            "profile_deep_link": "https://vm.example",
        }
        known |= {"follower_count": 1200, "following_count": 4, "video_count": 3}
        return said({"user": {name: known[name] for name in request.query["fields"].split(",")}})
