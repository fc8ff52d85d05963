"""A small Forem: one author, articles in memory, the rules of its own validations, one API key."""

import asyncio
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import format_datetime

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock

KEY = "fake-key-0123456789abcdef"
ACCEPT = "application/vnd.forem.api-v1+json"


def refusal(status, message, **more):
    return web.json_response({"error": message, "status": status}, status=status, **more)


class Forem:
    def __init__(self) -> None:
        self.articles: list[dict] = []
        self.faults: list[tuple[str, float, str]] = []
        self.is_known = True
        app = web.Application()
        app.router.add_post("/api/articles", self._create)
        app.router.add_get("/api/articles/me/{which}", self._mine)
        app.router.add_get("/api/articles/{id:\\d+}", self._show)
        app.router.add_put("/api/articles/{id:\\d+}", self._update)
        app.router.add_get("/api/users/me", self._me)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    def _unknown(self, request):
        if request.headers.get("Accept") != ACCEPT or "User-Agent" not in request.headers:
            return web.Response(status=403, text="<html>Forbidden Bots</html>", content_type="text/html")
        if request.headers.get("api-key") != KEY or not self.is_known:
            return refusal(401, "unauthorized")
        return None

    async def _create(self, request):
        if wrong := self._unknown(request):
            return wrong
        kind, seconds, style = self.faults.pop(0) if self.faults else ("", 0, "")
        if kind == "rate_limit":
            date = format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)
            wait = date if style == "date" else str(int(seconds))
            return refusal(429, f"Rate limit reached, try again in {wait} seconds", headers={"Retry-After": wait})
        if kind == "refuse":
            return refusal(422, "Body markdown is too long.")
        if kind == "drop_unstored":
            request.transport.abort()
            return web.Response(status=500)
        given = (await request.json())["article"]
        if problem := self._invalid(given):
            return refusal(422, problem)
        return await self._answer(request, self._store(given), kind, seconds)

    async def _answer(self, request, stored, kind, seconds):
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return refusal(500, "Internal Server Error")
        if kind == "malformed":
            return web.Response(text='{"id": ', content_type="application/json", status=201)
        return web.json_response(stored, status=201)

    def _invalid(self, given):
        if not given["title"].strip():
            return "Title can't be blank"
        if not isinstance(given["tags"], list) or len(given["tags"]) > 4:
            return "Tag list exceed the maximum of 4 tags"
        if any(not tag.isalnum() or not tag.isascii() or tag != tag.lower() for tag in given["tags"]):
            return 'Tag "x" contains non-ASCII or prohibited characters'
        if given["body_markdown"].lstrip().startswith("---"):
            return "Front matter is not what an article of ours has"
        for one in self.articles:
            if one["title"] == given["title"] and one["body_markdown"] == given["body_markdown"]:
                return "Body markdown has already been taken"
        return None

    def _store(self, given):
        stamp = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = len(self.articles) + 2233
        stored = {
            "type_of": "article",
            "id": number,
            "title": given["title"],
            "body_markdown": given["body_markdown"],
            "published": given["published"],
            "published_timestamp": stamp,
            "url": f"https://dev.to/ada/a-{number}",
            "tag_list": given["tags"],
            "cover_image": given.get("main_image"),
            "canonical_url": given.get("canonical_url", f"https://dev.to/ada/a-{number}"),
            "comments_count": 2,
            "public_reactions_count": 9,
            "page_views_count": 120,
        }
        self.articles.append(stored)
        return {name: value for name, value in stored.items() if name != "page_views_count"}

    async def _mine(self, request):
        if wrong := self._unknown(request):
            return wrong
        is_all = request.match_info["which"] == "all"
        shown = [one for one in self.articles if is_all or one["published"]]
        shown.sort(key=lambda one: (not one["published"], one["published_timestamp"], one["id"]), reverse=True)
        page, size = int(request.query["page"]), int(request.query["per_page"])
        return web.json_response(shown[(page - 1) * size : page * size])

    async def _show(self, request):
        article = next((one for one in self.articles if str(one["id"]) == request.match_info["id"]), None)
        if article is None or not article["published"]:
            return refusal(404, "not found")
        return web.json_response({name: value for name, value in article.items() if name != "page_views_count"})

    async def _update(self, request):
        if wrong := self._unknown(request):
            return wrong
        article = next((one for one in self.articles if str(one["id"]) == request.match_info["id"]), None)
        if article is None:
            return refusal(404, "not found")
        article |= (await request.json())["article"]
        if not article["published"]:
            article["published_timestamp"] = ""
        return web.json_response(article)

    async def _me(self, request):
        if wrong := self._unknown(request):
            return wrong
        return web.json_response({"type_of": "user", "id": 77, "username": "ada", "name": "Ada L."})
