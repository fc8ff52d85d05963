"""A small Threads on loopback."""

from aiohttp import web

from aipromote.connectors.threads import SCOPES
from connectors.meta_containers import USER, ContainerGraph
from connectors.meta_graph import HOUR, error

_TYPES = {"TEXT", "IMAGE", "VIDEO", "CAROUSEL"}
_EMOJI = range(0x1F300, 0x1FB00)


def length(text):
    return sum(len(one.encode()) if ord(one) in _EMOJI else 1 for one in text)


class ThreadsServer(ContainerGraph):
    """One profile."""

    version, edge, publishing_edge = "v1.0", "threads", "threads_publish"
    status_field, reason_field, words_field, prefix = "status", "error_message", "text", "th"
    scopes = SCOPES
    publishes_with = "threads_content_publish"

    def __init__(self) -> None:
        super().__init__()
        self.counters = {"views": 500, "likes": 7, "replies": 3, "reposts": 2, "quotes": 1, "shares": 4}

    def routes(self):
        return [
            ("POST", "/oauth/access_token", self._token),
            ("GET", f"/v1.0/{USER}/threads", self._threads),
            ("GET", f"/v1.0/{USER}/replies", self._replies),
            ("GET", f"/v1.0/{USER}/threads_insights", self._of_user),
            *super().routes(),
        ]

    async def _token(self, request):
        form = await request.post()
        if form.get("grant_type") != "authorization_code":
            return error(100, "Unsupported grant type")
        if refused := self.takes(form):
            return refused
        return web.json_response({"access_token": self.issue(HOUR, *SCOPES, kind="short"), "user_id": int(USER)})

    async def _me(self, request):
        if wrong := self.wrong(request.query, "threads_basic"):
            return wrong
        return web.json_response({"id": USER, "username": "ada.tests", "name": "Ada"})

    async def _of_user(self, request):
        if wrong := self.wrong(request.query, "threads_manage_insights"):
            return wrong
        return web.json_response({"data": [{"name": "followers_count", "total_value": {"value": 12}}]})

    async def _threads(self, request):
        return self.wrong(request.query) or self.listed(request)

    async def _replies(self, request):
        return self.wrong(request.query, "threads_read_replies") or self.listed(request, replies=True)

    def refusal(self, given):
        kind, text = given.get("media_type"), given.get("text", "")
        reply_to = given.get("reply_to_id")
        problems = {
            "Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}": kind not in _TYPES,
            "Param text must be at most 500 characters long.": length(text) > 500,
            "A text needs words.": kind == "TEXT" and (not text or "alt_text" in given),
            "Param link_attachment is only for text posts.": kind != "TEXT" and "link_attachment" in given,
            "The media could not be fetched from this URI.": kind in {"IMAGE", "VIDEO"}
            and not given.get(f"{kind.lower()}_url", "").startswith("https://"),
            "A carousel has 2 to 20 children.": kind == "CAROUSEL"
            and not 2 <= len(given.get("children", "").split(",")) <= 20,
            "The post to reply to is not there.": reply_to is not None and reply_to not in self.posts,
        }
        return next((words for words, is_so in problems.items() if is_so), None)
