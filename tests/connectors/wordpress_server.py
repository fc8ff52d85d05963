"""A small WordPress site: users with application passwords, a media library, articles with unique names.

It refuses in WordPress's words, and in two points as a strict host would: a file without its name or type is refused,
and so is a call without the headers that the documentation asks for.
"""

import asyncio
import base64
import re
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import format_datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

USER, PASSWORD = "ada", "abcdEFGH1234ijklMNOP5678"
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "video/mp4": "mp4"}
_DISPOSITION = re.compile(r'attachment; filename="[A-Za-z0-9_-]+\.([a-z0-9]+)"')
HTML = "<!DOCTYPE html><html><title>Blocked</title></html>"


def refusal(status, code, message="Words.", **more):
    return web.json_response({"code": code, "message": message, "data": {"status": status}}, status=status, **more)


class Site:
    """`mode`: "" has its API at /wp-json; "plain" only behind rest_route, as its headers say; "off" nowhere."""

    def __init__(self, mode="") -> None:
        self.mode = mode
        self.posts: list[dict] = []
        self.media: dict[int, dict] = {}
        self.faults: list[tuple[str, float, str]] = []
        self.is_known = True  # whether the application password is still there
        self.capabilities = {"publish_posts": True, "edit_posts": True, "upload_files": True}
        self.status = "publish"  # what a plugin makes of the articles
        self.link = None  # what the front page says in place of the root
        self.moved_to = None
        self.renamed = None  # what a plugin calls every article
        self.has_trash = True
        self.is_raced = False  # two calls at one moment: neither sees the other's name
        self.breaks_down = False  # after a file is stored, while smaller pictures are made of it
        self.refuses_deleting = False
        app = web.Application(client_max_size=50_000_000)
        app.router.add_route("HEAD", "/", self._front)
        app.router.add_route("*", "/index.php", self._routed)
        app.router.add_route("*", "/wp-json/{path:.*}", self._pretty)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    async def _front(self, _):
        if self.moved_to:
            return web.Response(status=301, headers={"Location": self.moved_to})
        answer = web.Response(text=HTML, content_type="text/html")
        answer.headers.add("Link", '<https://cdn.example.com/x.css>; rel="preload"')
        root = self.link or f"{self.url}/index.php?rest_route=/"
        if self.mode != "off":
            answer.headers.add("Link", f'<{root}>; rel="https://api.w.org/"')
        return answer

    async def _pretty(self, request):
        if self.mode == "blocked":
            return web.Response(status=403, text=HTML, content_type="text/html")
        if self.mode:
            return web.Response(status=404, text=HTML, content_type="text/html")
        return await self._route(request, "/" + request.match_info["path"])

    async def _routed(self, request):
        return await self._route(request, request.query.get("rest_route", ""))

    async def _route(self, request, path):
        if wrong := self._unknown(request):
            return wrong
        resource, _, number = path.removeprefix("/wp/v2/").partition("/")
        handlers = {
            ("GET", "users", True): self._me,
            ("GET", "posts", False): self._list,
            ("POST", "posts", False): self._create,
            ("DELETE", "posts", True): self._delete,
            ("POST", "media", False): self._upload,
            ("POST", "media", True): self._describe,
            ("GET", "media", False): self._library,
        }
        handler = handlers.get((request.method, resource, bool(number)))
        if handler is None:
            return refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
        return await handler(request, number)

    def _unknown(self, request):
        given = request.headers.get("Authorization", "")
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if not given:
            return refusal(401, "rest_not_logged_in", "You are not currently logged in.")
        if given != f"Basic {wanted}" or not self.is_known:
            message = "<strong>Error:</strong> The provided password is an invalid application password."
            return refusal(401, "incorrect_password", message)
        return None

    async def _me(self, request, number):
        assert number == "me"
        known = {"id": 3, "name": "Ada L.", "slug": "ada", "link": f"{self.url}/author/ada/"}
        if request.query.get("context") == "edit":
            known |= {"username": USER, "capabilities": self.capabilities}
        return web.json_response(known)

    async def _create(self, request, _):
        kind, seconds, style = self.faults.pop(0) if self.faults else ("", 0, "")
        if kind == "rate_limit":
            date = format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)
            wait = date if style == "date" else str(int(seconds))
            return web.Response(status=429, text=HTML, content_type="text/html", headers={"Retry-After": wait})
        if kind == "refuse":
            return refusal(400, "rest_invalid_param", "Invalid parameter(s): content")
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        given = await request.json()
        if not self.capabilities.get("publish_posts"):
            return refusal(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type.")
        return await self._answer(request, self._store(given), kind, seconds)

    async def _answer(self, request, stored, kind, seconds):
        """What comes back once the article is there."""
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return refusal(500, "internal_server_error", "<p>There has been a critical error on this website.</p>")
        if kind == "malformed":
            return web.Response(text='{"id": ', content_type="application/json", status=201)
        return web.json_response(stored, status=201)

    def _store(self, given):
        name, number = self.renamed or given["slug"], 1
        while not self.is_raced and any(one["slug"] == name for one in self.posts):
            number += 1
            name = f"{self.renamed or given['slug']}-{number}"
        stored = {
            "id": len(self.posts) + 41,
            "link": f"{self.url}/{name}/",
            "slug": name,
            "status": self.status if given["status"] == "publish" else given["status"],
            "date_gmt": clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "title": {"raw": given["title"]},
            "content": {"raw": given["content"]},
            "featured_media": given.get("featured_media", 0),  # one that is not there is left out without a word
        }
        self.posts.append(stored)
        return stored

    async def _list(self, request, _):
        asked = request.query
        if not self.capabilities.get("edit_posts") and asked.get("status") != "publish":
            return refusal(403, "rest_forbidden_status", "Status is forbidden.")
        slugs, states = asked["slug"].split(",") if "slug" in asked else None, asked["status"].split(",")
        found = [
            one
            for one in sorted(self.posts, key=lambda one: one["id"], reverse=True)
            if (slugs is None or one["slug"] in slugs)
            and ("trash" in states if one["status"] == "trash" else "any" in states)
        ][: int(asked["per_page"])]
        return web.json_response(found, headers={"X-WP-Total": str(len(found))})

    async def _delete(self, request, number):
        post = next((one for one in self.posts if str(one["id"]) == number), None)
        if post is None:
            return refusal(404, "rest_post_invalid_id", "Invalid post ID.")
        if self.refuses_deleting:
            return refusal(403, "rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
        if request.query.get("force") == "true":
            self.posts.remove(post)
            return web.json_response({"deleted": True, "previous": post})
        if not self.has_trash:
            return refusal(501, "rest_trash_not_supported", "The post does not support trashing. Set 'force=true'.")
        if post["status"] == "trash":
            return refusal(410, "rest_already_trashed", "The post has already been deleted.")
        post["status"], post["slug"] = "trash", f"{post['slug']}__trashed"
        return web.json_response(post)

    async def _upload(self, request, _):
        content = await request.read()
        named = _DISPOSITION.fullmatch(request.headers.get("Content-Disposition", ""))
        if "Transfer-Encoding" in request.headers:
            return refusal(411, "rest_upload_no_length", "Length required.")
        if not content or not named:
            return refusal(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
        if _ENDINGS.get(request.content_type) != named[1]:
            return refusal(500, "rest_upload_sideload_error", "Sorry, you are not allowed to upload this file type.")
        number = len(self.media) + 7
        url = f"https://files.example.com/{number}.{named[1]}"
        self.media[number] = {"id": number, "source_url": url, "alt_text": "", "size": len(content)}
        if self.breaks_down:
            stored = {"X-WP-Upload-Attachment-ID": str(number)}
            return web.Response(text=HTML, content_type="text/html", status=500, headers=stored)
        return web.json_response(self.media[number], status=201)

    async def _describe(self, request, path):
        number, _, step = path.partition("/")
        if step == "post-process" and self.breaks_down:
            return web.Response(text=HTML, content_type="text/html", status=500)
        self.media[int(number)] |= await request.json()
        return web.json_response(self.media[int(number)])

    async def _library(self, request, _):
        wanted = {int(one) for one in request.query["include"].split(",")}
        found = [one for number, one in self.media.items() if number in wanted]
        return web.json_response(found, headers={"X-WP-Total": str(len(found))})
