"""A small LinkedIn on loopback: the calls of its versioned REST that the connector makes, as strict as documented.

Each call names a version that there is; names in keys and lists are encoded; the answer to a post is empty and has its
name in a header; persons cannot be listed; the same words twice are refused with the name of the first.
"""

import asyncio
import re
from contextlib import suppress
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer

from aipromote import clock
from connectors.linkedin_accounts import PERSON, Accounts
from connectors.linkedin_files import Files, error
from connectors.misbehaving import Clock

_RESERVED = re.compile(r"(?<!\\)(?:\\\\)*[|{}@\[\]()<>*_~]")
NUMBERS = {"IMPRESSION": 500, "MEMBERS_REACHED": 300, "REACTION": 7, "COMMENT": 3, "RESHARE": 2, "POST_SAVE": 4}


class LinkedInServer(Accounts, Files):
    """A person and the pages of that person. `faults` holds (kind, seconds) for the next calls that publish."""

    def __init__(self) -> None:
        self.posts: dict[str, dict] = {}
        self.comments: dict[str, dict] = {}
        self.faults: list[tuple[str, float]] = []
        self.creates = 0
        self.shows_after = 0.0
        self.names_ghosts = False  # whether a repeat is refused with the name of a post that is not there
        self.comments_need = ("w_member_social", "w_organization_social")
        self._last = 0
        Accounts.__init__(self)
        Files.__init__(self)
        app = web.Application(client_max_size=20_000_000)
        self.clock = Clock(app)
        for verb, path, handler in (
            *self.account_routes(),
            ("POST", "/rest/posts", self._create),
            ("GET", "/rest/posts", self._list),
            ("DELETE", "/rest/posts/{urn}", self._delete),
            ("POST", "/rest/socialActions/{urn}/comments", self._comment),
            ("GET", "/rest/socialActions/{urn}/comments", self._comments),
            ("DELETE", "/rest/socialActions/{urn}/comments/{id}", self._uncomment),
            ("GET", "/rest/organizationalEntityShareStatistics", self._statistics),
            ("GET", "/rest/memberCreatorPostAnalytics", self._analytics),
            *self.file_routes(),
        ):
            app.router.add_route(verb, path, handler)
        self._server = TestServer(app)

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(self, *_) -> None:
        await self._server.close()

    async def _create(self, request):
        given = await request.json()
        scope = "w_member_social" if given["author"] == PERSON else "w_organization_social"
        if wrong := self.wrong(request, scope):
            return wrong
        self.creates += 1
        refused = self._faulty() or self._refused(given)
        if refused is not None:
            return self._dropped(request) if refused == "drop" else refused
        urn = self._name("ugcPost" if "media" in given.get("content", {}) else "share")
        now = clock.now()
        self.posts[urn] = {"given": given, "at": now, "visible": now + timedelta(seconds=self.shows_after)}
        return await self._answered(request, web.Response(status=201, headers={"x-restli-id": urn}))

    def _name(self, kind):
        number = max(self._last + 1, int(clock.now().timestamp() * 1000) << 22)
        self._last = number
        return f"urn:li:{kind}:{number}"

    def _faulty(self):
        kind, _ = self.faults[0] if self.faults else ("", 0)
        if kind not in {"rate_limit", "refuse", "drop_unstored"}:
            return None
        self.faults.pop(0)
        if kind == "rate_limit":
            return error(429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls is reached.", service=101)
        if kind == "refuse":
            return error(400, "INVALID_VALUE_FOR_FIELD", "The commentary is not acceptable")
        return "drop"

    def _dropped(self, request):
        request.transport.abort()
        return web.Response(status=500)

    async def _answered(self, request, response):
        """What comes back once it is stored."""
        kind, seconds = self.faults.pop(0) if self.faults else ("", 0)
        if kind == "slow":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(seconds)
        if kind == "store_then_drop":
            request.transport.abort()
        if kind == "store_then_500":
            return error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")
        if kind == "malformed":
            return web.Response(status=201)
        return response

    def _refused(self, given):
        wanted = {"author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor"}
        if set(given) - {"content"} != wanted or given["lifecycleState"] != "PUBLISHED":
            return error(422, "MISSING_FIELD", "A field is missing")
        if _RESERVED.search(given["commentary"]):
            return error(400, "INVALID_VALUE_FOR_FIELD", "Reserved characters have to be escaped")
        if len(re.sub(r"\\(.)", r"\1", given["commentary"])) > 3000:
            return self._field("FIELD_LENGTH_TOO_LONG", "commentary is too long", 400)
        if wrong := self.wrong_content(given.get("content"), given["author"]):
            return wrong
        for urn, post in self.posts.items():
            if post["given"] == given:
                named = self._name("share") if self.names_ghosts else urn
                prefix = "com.linkedin.content.common.exception.BadRequestResponseException"
                return self._field("DUPLICATE_POST", f"{prefix}: Content is a duplicate of {named}", 422)
        return None

    def _field(self, code, message, status):
        inputs = [{"description": "Words.", "input": {}, "code": code}]
        body = {"errorDetailType": "com.linkedin.common.error.BadRequest", "message": message}
        return web.json_response(body | {"errorDetails": {"inputErrors": inputs}, "status": status}, status=status)

    async def _list(self, request):
        author = request.query["author"]
        if wrong := self.wrong(request, "r_organization_social", "r_member_social"):
            return wrong
        assert request.headers["X-RestLi-Method"] == "FINDER"
        assert f"author={author.replace(':', '%3A')}" in request.raw_path, "names in a query are encoded"
        known = self.tokens[request.headers["Authorization"].removeprefix("Bearer ")]
        if author == PERSON and "r_member_social" not in known["scope"]:
            return error(400, "ILLEGAL_ARGUMENT", "Member permissions must be used when using member as author")
        start, size = int(request.query.get("start", "0")), int(request.query["count"])
        mine = [(urn, post) for urn, post in self.posts.items() if post["given"]["author"] == author]
        there = [self._shown(urn, post) for urn, post in mine[::-1] if post["visible"] <= clock.now()]
        return web.json_response({"elements": there[start : start + size], "paging": {"start": start, "count": size}})

    def _shown(self, urn, post):
        millis = int(post["at"].timestamp() * 1000)
        tag = re.compile(r"(?<!\\)#(\w+)")
        commentary = tag.sub(r"{hashtag|\\#|\1}", post["given"]["commentary"])
        moments = dict.fromkeys(("createdAt", "publishedAt", "lastModifiedAt"), millis)
        return post["given"] | moments | {"id": urn, "commentary": commentary}

    async def _delete(self, request):
        if wrong := self.wrong(request, "w_member_social", "w_organization_social"):
            return wrong
        assert "%3A" in request.raw_path
        if self.posts.pop(request.match_info["urn"], None) is None:
            return error(404, "RESOURCE_NOT_FOUND", "Could not find entity")
        return web.Response(status=204)

    async def _comment(self, request):
        if wrong := self.wrong(request, *self.comments_need):
            return wrong
        assert "%3A" in request.raw_path
        given, target = await request.json(), request.match_info["urn"]
        refused = self._faulty()
        if refused is not None:
            return self._dropped(request) if refused == "drop" else refused
        if target not in self.posts or given["object"] != target:
            return error(404, "RESOURCE_NOT_FOUND", "Could not find the thread")
        number = self._name("comment").rpartition(":")[2]
        self.comments[number] = {"given": given, "at": clock.now(), "target": target}
        body = self._commented(number)
        return await self._answered(request, web.json_response(body, status=201, headers={"x-restli-id": number}))

    def _commented(self, number):
        comment = self.comments[number]
        urn = f"urn:li:comment:({comment['target']},{number})"
        created = {"actor": comment["given"]["actor"], "time": int(comment["at"].timestamp() * 1000)}
        return comment["given"] | {"id": number, "commentUrn": urn, "created": created}

    async def _comments(self, request):
        if wrong := self.wrong(request, "r_organization_social", "r_member_social"):
            return wrong
        here = [number for number, one in self.comments.items() if one["target"] == request.match_info["urn"]]
        start, size = int(request.query["start"]), int(request.query["count"])
        return web.json_response({"elements": [self._commented(number) for number in here[start : start + size]]})

    async def _uncomment(self, request):
        if wrong := self.wrong(request, "w_member_social", "w_organization_social"):
            return wrong
        assert request.query["actor"].startswith("urn:li:")
        if self.comments.pop(request.match_info["id"], None) is None:
            return error(404, "RESOURCE_NOT_FOUND", "Could not find the comment")
        return web.Response(status=204)

    async def _statistics(self, request):
        if wrong := self.wrong(request, "rw_organization_admin"):
            return wrong
        raw = urlsplit(request.raw_path).query
        listed = re.search(r"&(shares|ugcPosts)=List\((urn%3Ali%3A(?:share|ugcPost)%3A\d+)\)", raw)
        kind = {"shares": "share", "ugcPosts": "ugcPost"}[listed.group(1)]
        assert f"urn:li:{kind}:" in unquote(listed.group(2))
        if unquote(listed.group(2)) not in self.posts:
            return web.json_response({"elements": []})
        counted = {"impressionCount": 500, "uniqueImpressionsCount": 300, "clickCount": 6, "likeCount": 7}
        counted |= {"commentCount": 3, "shareCount": 2, "engagement": 0.04}
        return web.json_response({"elements": [{"totalShareStatistics": counted}]})

    async def _analytics(self, request):
        if wrong := self.wrong(request, "r_member_postAnalytics"):
            return wrong
        assert re.search(r"entity=\((?:share|ugc):urn%3Ali%3A\w+%3A\d+\)", request.raw_path)
        return web.json_response({"elements": [{"count": NUMBERS[request.query["queryType"]]}]})
