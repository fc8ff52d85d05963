"""Containers of Instagram and Threads on loopback: built, ready after some questions, published at most once."""

from datetime import timedelta

from aiohttp import web

from aipromote import clock
from connectors.meta_graph import DAY, HOUR, Graph, error, missing, stamp

USER = "17841400000000001"


class ContainerGraph(Graph):
    """One account. `polls` is how often a file's container is asked about before it is ready."""

    version = edge = publishing_edge = status_field = words_field = prefix = ""
    publishes_with = ""

    def __init__(self) -> None:
        self.containers: dict[str, dict] = {}
        self.posts: dict[str, dict] = {}
        self.polls = 1
        self.fails_with: list[str] = []
        self.answer_next: list[tuple[int, int | None]] = []  # errors of the next calls that build
        self.unknown_metrics: set[str] = set()
        self.counters = dict.fromkeys(("views", "likes", "shares"), 5)
        super().__init__()

    def routes(self):
        at = f"/{self.version}"
        return [
            ("GET", "/access_token", self._exchange),
            ("GET", "/refresh_access_token", self._refresh),
            ("GET", f"{at}/me", self._me),
            ("POST", f"{at}/{USER}/{self.edge}", self._build),
            ("POST", f"{at}/{USER}/{self.publishing_edge}", self._publish),
            ("GET", f"{at}/{{id}}/insights", self._insights),
            ("GET", f"{at}/{{id}}", self._read),
            ("DELETE", f"{at}/{{id}}", self._delete),
        ]

    async def _exchange(self, request):
        given = request.query
        if given["grant_type"] != f"{self.prefix}_exchange_token" or given["client_secret"] != "app-secret-" + "s" * 20:
            return error(101, "Error validating client secret.")
        if wrong := self.wrong(given):
            return wrong
        if self.tokens[given["access_token"]]["kind"] != "short":
            return error(452, "Session key invalid")
        return self._long(self.tokens[given["access_token"]]["scopes"])

    def _long(self, scopes):
        token = self.issue(60 * DAY, *scopes)
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": 60 * DAY})

    async def _refresh(self, request):
        given = request.query
        if given["grant_type"] != f"{self.prefix}_refresh_token":
            return error(100, "Unsupported grant type")
        if wrong := self.wrong(given):
            return wrong
        known = self.tokens[given["access_token"]]
        if clock.now().timestamp() - known["born"] < 24 * HOUR:
            return error(100, "The access token is too young to be refreshed")
        return self._long(known["scopes"])

    async def _build(self, request):
        given = await request.post()
        if wrong := self.wrong(given, self.publishes_with):
            return wrong
        if self.answer_next:
            code, subcode = self.answer_next.pop(0)
            return error(code, subcode=subcode)
        if problem := self.refusal(given):
            return error(100, problem)
        for name in filter(None, given.get("children", "").split(",")):
            if name not in self.containers or self.containers[name]["status"] != "FINISHED":
                return error(100, "Invalid child", subcode=2207028)
        name = self.number()
        has_file = any(field in given for field in ("image_url", "video_url"))
        self.containers[name] = {
            "given": {key: value for key, value in given.items() if key != "access_token"},
            "polls": self.polls if has_file else 0,
            "status": "IN_PROGRESS",
            "reason": self.fails_with.pop(0) if self.fails_with else "",
        }
        return web.json_response({"id": name})

    def refusal(self, given):
        raise NotImplementedError

    async def _publish(self, request):
        given = await request.post()
        if wrong := self.wrong(given, self.publishes_with):
            return wrong
        refused, kind, seconds = self.before(request)
        if refused is not None:
            return refused
        container = self.containers.get(given.get("creation_id", ""))
        if container is None or container["status"] in {"EXPIRED", "PUBLISHED"}:
            return error(24, "The requested resource does not exist", subcode=2207008)
        if container["status"] != "FINISHED" or "is_carousel_item" in container["given"]:
            return error(9007, "Media ID is not available", subcode=2207027)
        container["status"] = "PUBLISHED"
        name = self.number()
        self.posts[name] = {"given": container["given"], "at": clock.now()}
        return await self.after(request, {"id": name}, kind, seconds)

    def shown(self, name):
        post = self.posts[name]
        words = post["given"].get("caption", post["given"].get("text"))
        told = {"id": name, "permalink": f"https://www.network.example/p/{name}", "timestamp": stamp(post["at"])}
        return told | ({self.words_field: words} if words else {})

    def listed(self, request, *, replies=False):
        shown_since = clock.now() - timedelta(seconds=self.shows_after)
        found = [
            self.shown(name)
            for name, post in self.posts.items()
            if post["at"] <= shown_since and ("reply_to_id" in post["given"]) is replies
        ]
        return web.json_response({"data": found[::-1][: int(request.query["limit"])]})

    async def _read(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        name = request.match_info["id"]
        if name in self.posts:
            return web.json_response(self.shown(name))
        if name not in self.containers:
            return missing(name)
        container = self.containers[name]
        assert self.status_field in request.query["fields"].split(",")
        if container["status"] == "IN_PROGRESS":
            if container["polls"] <= 0:
                container["status"] = "ERROR" if container["reason"] else "FINISHED"
            container["polls"] -= 1
        told = {"id": name, self.status_field: container["status"]}
        reason = {self.reason_field: container["reason"]} if container["reason"] else {}
        return web.json_response(told | reason)

    async def _insights(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        if request.match_info["id"] not in self.posts:
            return missing(request.match_info["id"])
        names = request.query["metric"].split(",")
        if unknown := self.unknown_metrics & set(names):
            return error(100, f"metric[0] must be one of the following values: not {unknown}")
        rows = [
            {"name": name, "period": "lifetime", "values": [{"value": self.counters[name]}]}
            for name in names
            if name in self.counters
        ]
        return web.json_response({"data": rows})

    async def _delete(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        if self.posts.pop(request.match_info["id"], None) is None:
            return missing(request.match_info["id"])
        return web.json_response({"success": True})
