"""A small Instagram on loopback."""

import re

from aiohttp import web

from aipromote import clock
from aipromote.connectors.instagram import SCOPES
from connectors.meta_containers import USER, ContainerGraph
from connectors.meta_graph import HOUR, missing, stamp


class InstagramServer(ContainerGraph):
    """One professional account."""

    version, edge, publishing_edge = "v26.0", "media", "media_publish"
    status_field, reason_field, words_field, prefix = "status_code", "status", "caption", "ig"
    scopes = SCOPES
    publishes_with = "instagram_business_content_publish"

    def __init__(self) -> None:
        super().__init__()
        names = ("views", "reach", "likes", "comments", "saved", "shares")
        self.counters = dict(zip(names, (500, 300, 7, 3, 4, 2), strict=True))
        self.comments: dict[str, dict] = {}
        self.quota: dict | None = {"config": {"quota_total": 100, "quota_duration": 86_400}, "quota_usage": 100}
        self.wraps_tokens = True  # the form of the newer pages: a list of one under `data`
        self.deletes_posts = True

    def routes(self):
        return [
            ("POST", "/oauth/access_token", self._token),
            ("GET", f"/v26.0/{USER}/media", self._media),
            ("GET", f"/v26.0/{USER}/content_publishing_limit", self._limit),
            ("POST", "/v26.0/{id}/{edge:comments|replies}", self._comment),
            ("GET", "/v26.0/{id}/{edge:comments|replies}", self._comments),
            *super().routes(),
        ]

    async def _token(self, request):
        form = await request.post()
        if form.get("grant_type") != "authorization_code" or self.takes(form):
            told = {"error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found"}
            return web.json_response(told, status=400)
        token = {"access_token": self.issue(HOUR, *SCOPES, kind="short"), "user_id": int(USER)}
        if self.wraps_tokens:
            return web.json_response({"data": [token | {"permissions": ",".join(SCOPES)}]})
        return web.json_response(token | {"permissions": list(SCOPES)})

    async def _me(self, request):
        if wrong := self.wrong(request.query, "instagram_business_basic"):
            return wrong
        told = {"id": "999", "user_id": USER, "username": "ada.tests", "name": "Ada", "account_type": "BUSINESS"}
        return web.json_response(told | {"followers_count": 12, "follows_count": 5, "media_count": 3})

    async def _media(self, request):
        return self.wrong(request.query) or self.listed(request)

    async def _limit(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        return web.json_response({"data": [self.quota]} if self.quota else {"data": []})

    async def _comment(self, request):
        given = await request.post()
        if wrong := self.wrong(given, "instagram_business_manage_comments"):
            return wrong
        refused, kind, seconds = self.before(request)
        if refused is not None:
            return refused
        under, edge = request.match_info["id"], request.match_info["edge"]
        if under not in (self.posts if edge == "comments" else self.comments):
            return missing(under)
        name = self.number()
        self.comments[name] = {"under": under, "text": given["message"], "at": clock.now()}
        return await self.after(request, {"id": name}, kind, seconds)

    async def _comments(self, request):
        if wrong := self.wrong(request.query, "instagram_business_manage_comments"):
            return wrong
        under = request.match_info["id"]
        if under not in self.posts and under not in self.comments:
            return missing(under)
        found = [
            {"id": name, "text": one["text"], "timestamp": stamp(one["at"])}
            for name, one in self.comments.items()
            if one["under"] == under
        ]
        return web.json_response({"data": found[::-1]})

    async def _read(self, request):
        comment = self.comments.get(request.match_info["id"])
        if comment is None:
            return await super()._read(request)
        return self.wrong(request.query) or web.json_response({"id": request.match_info["id"], "like_count": 2})

    async def _delete(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        name = request.match_info["id"]
        if self.comments.pop(name, None):
            return web.json_response({"success": True})
        return await super()._delete(request) if self.deletes_posts else missing(name)

    def refusal(self, given):
        kind, is_item = given.get("media_type", "IMAGE"), "is_carousel_item" in given
        children = given.get("children", "").split(",")
        address = given.get("image_url" if kind == "IMAGE" else "video_url", "")
        problems = {
            "Unknown media_type": kind not in {"IMAGE", "REELS", "VIDEO", "CAROUSEL"},
            "VIDEO is for carousels; use REELS": kind == "VIDEO" and not is_item,
            "A reel is no carousel item": kind == "REELS" and is_item,
            "Only photo or video can be accepted as media type.": kind != "CAROUSEL"
            and not address.startswith("https://"),
            "alt_text is for images": kind != "IMAGE" and "alt_text" in given,
            "Items have no caption": is_item and "caption" in given,
            "A carousel has 2 to 10 children.": kind == "CAROUSEL" and not 2 <= len(children) <= 10,
            "The caption was too long.": len(given.get("caption", "")) > 2200,
            "Too many hashtags": len(re.findall(r"#\w", given.get("caption", ""))) > 30,
        }
        return next((words for words, is_so in problems.items() if is_so), None)
