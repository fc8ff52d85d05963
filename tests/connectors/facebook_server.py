"""A small Facebook on loopback: a person, their Pages, and the posts, pictures, films and comments of these."""

import json
from datetime import timedelta

from aiohttp import web

from aipromote import clock
from aipromote.connectors.facebook import consents
from connectors.meta_graph import CLIENT, DAY, HOUR, SECRET, Graph, error, missing, stamp

PAGE, OTHER, READ_ONLY = "101", "102", "103"
PIECE = 1_000_000
_TASKS = {PAGE: ["MANAGE", "CREATE_CONTENT"], OTHER: ["CREATE_CONTENT"], READ_ONLY: ["ANALYZE"]}


class FacebookServer(Graph):
    """`posts` are in the order in which they were made."""

    scopes = consents.SCOPES

    def __init__(self) -> None:
        self.posts: dict[str, dict] = {}
        self.photos: dict[str, dict] = {}
        self.films: dict[str, dict] = {}
        self.comments: dict[str, dict] = {}
        self.pages = dict(_TASKS)
        self.granted = set(consents.SCOPES)
        self.tells_permissions = True
        self.unknown_metrics: set[str] = set()
        self.piece = PIECE
        super().__init__()

    def routes(self):
        at = "/v26.0"
        return [
            ("GET", f"{at}/oauth/access_token", self._token),
            ("GET", f"{at}/me/permissions", self._permissions),
            ("GET", f"{at}/me/accounts", self._accounts),
            ("POST", f"{at}/{{page}}/feed", self._feed),
            ("POST", f"{at}/{{page}}/photos", self._photo),
            ("POST", f"{at}/{{page}}/videos", self._video),
            ("GET", f"{at}/{{page}}/published_posts", self._list),
            ("POST", f"{at}/{{id}}/comments", self._comment),
            ("GET", f"{at}/{{id}}/comments", self._comments),
            ("GET", f"{at}/{{id}}/insights", self._insights),
            ("GET", f"{at}/{{id}}", self._read),
            ("DELETE", f"{at}/{{id}}", self._delete),
        ]

    async def _token(self, request):
        given = dict(request.query)
        if given.get("grant_type") == "fb_exchange_token":
            if (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
                return error(101, "Error validating client secret.")
            if wrong := self.wrong({"access_token": given["fb_exchange_token"]}):
                return wrong
            token = self.issue(60 * DAY, *self.granted)
            return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": 60 * DAY})
        if refused := self.takes(given):
            return refused
        token = self.issue(HOUR, *self.granted, kind="short")
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": HOUR})

    async def _permissions(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        if not self.tells_permissions:
            return error(2, is_transient=True)
        rows = [{"permission": "email", "status": "declined"}]
        rows += [{"permission": name, "status": "granted"} for name in consents.SCOPES if name in self.granted]
        return web.json_response({"data": rows})

    async def _accounts(self, request):
        """Two on each list, so that a person with more has several lists."""
        if wrong := self.wrong(request.query, "pages_show_list"):
            return wrong
        kind = self.tokens[request.query["access_token"]]["kind"]
        names, start = list(self.pages), int(request.query.get("after", "0"))
        rows = [
            self.page(name) | {"access_token": self._page_token(name, kind), "tasks": self.pages[name]}
            for name in names[start : start + 2]
        ]
        paging = {"cursors": {"after": str(start + 2)}}
        more = {"next": "https://graph.facebook.com/…"} if start + 2 < len(names) else {}
        return web.json_response({"data": rows, "paging": paging | more})

    def _page_token(self, name, kind):
        """One that comes of a short token ends with it, one of a long token does not end."""
        return self.issue(HOUR if kind == "short" else 100 * 365 * DAY, *self.granted, kind="page", user=name)

    def page(self, name):
        told = {"id": name, "name": f"Page {name}", "followers_count": 12, "link": f"https://www.facebook.com/p{name}"}
        return told | ({"username": "acme"} if name == PAGE else {})

    def refused(self, fields, page, *scopes):
        if wrong := self.wrong(fields, *scopes):
            return wrong
        known = self.tokens[fields["access_token"]]
        if known["kind"] != "page":
            return error(210, "A page access token is required to request this resource.")
        return missing(page) if known["user"] != page else None

    async def _feed(self, request):
        given, page = dict(await request.post()), request.match_info["page"]
        if wrong := self.refused(given, page, "pages_manage_posts"):
            return wrong
        refused, kind, seconds = self.before(request)
        if refused is not None:
            return refused
        if problem := self._problem(given):
            return problem
        name = f"{page}_{self.number()}"
        attached = [one["media_fbid"] for one in json.loads(given.get("attached_media", "[]"))]
        self.posts[name] = {"given": given, "photos": attached, "at": clock.now()}
        return await self.after(request, {"id": name}, kind, seconds)

    def _problem(self, given):
        attached = [one["media_fbid"] for one in json.loads(given.get("attached_media", "[]"))]
        if not set(attached) <= set(self.photos) or (attached and "link" in given):
            return error(100, "Invalid parameter: attached_media")
        if not given.get("message") and not attached and not given.get("link"):
            return error(100, "This status update is empty.")
        if any(self._repeats(given, post) for post in self.posts.values()):
            return error(506, "Duplicate status message")
        return None

    def _repeats(self, given, post):
        return not post["photos"] and post["given"].get("message") == given.get("message") is not None

    async def _photo(self, request):
        given = dict(await request.post())
        page = request.match_info["page"]
        if wrong := self.refused(given, page, "pages_manage_posts"):
            return wrong
        if given.get("published") != "false" or not given["source"].content_type.startswith("image/"):
            return error(100, "Invalid image", subcode=1366046)
        content = given["source"].file.read()
        if content == b"broken":
            return error(1, "Invalid image", subcode=1366046)
        name = self.number()
        self.photos[name] = {"alt": given.get("alt_text_custom"), "content": content}
        return web.json_response({"id": name})

    async def _video(self, request):
        given, page = dict(await request.post()), request.match_info["page"]
        if wrong := self.refused(given, page, "pages_manage_posts", "publish_video"):
            return wrong
        match given.get("upload_phase"):
            case "start":
                film, session = self.number(), self.number()
                self.films[film] = {"session": session, "size": int(given["file_size"]), "content": b"", "given": {}}
                told = {"video_id": film, "upload_session_id": session}
                return web.json_response(told | self._wanted(self.films[film]))
            case "transfer":
                return self._piece(given)
            case "finish":
                return await self._finish(request, given, page)
        return error(100, "Unknown upload_phase")

    def _of_session(self, given):
        found = (one for one in self.films.values() if one["session"] == given.get("upload_session_id"))
        return next(found, None)

    def _wanted(self, film):
        start = len(film["content"])
        return {"start_offset": str(start), "end_offset": str(min(start + self.piece, film["size"]))}

    def _piece(self, given):
        film, content = self._of_session(given), given["video_file_chunk"].file.read()
        if film is None or int(given["start_offset"]) != len(film["content"]) or len(content) > self.piece:
            return error(6001, "There was a problem uploading your video file.", subcode=1363037)
        film["content"] += content
        return web.json_response(self._wanted(film))

    async def _finish(self, request, given, page):
        refused, kind, seconds = self.before(request)
        if refused is not None:
            return refused
        film = self._of_session(given)
        if film is None or len(film["content"]) != film["size"]:
            return error(100, "The upload is not complete")
        film |= {"given": given, "at": film.get("at", clock.now()), "page": page, "state": "processing"}
        return await self.after(request, {"success": True}, kind, seconds)

    def _film(self, name):
        film = self.films[name]
        is_done, state = "at" in film, film.get("state", "")
        status = {
            "video_status": state or "uploading",
            "uploading_phase": {"status": "complete" if is_done else "in_progress"},
            "processing_phase": {"status": "complete" if state == "ready" else "in_progress"},
            "publishing_phase": {"status": "complete" if state == "ready" else "not_started"},
        }
        if state == "error":
            status["processing_phase"] = {"status": "error", "errors": [{"code": 1, "message": "Bad codec."}]}
        told = {"id": name, "status": status, "published": state == "ready"}
        if state == "ready":
            told |= {"permalink_url": f"/{film['page']}/videos/{name}/", "created_time": stamp(film["at"])}
            told |= {"post_id": film["post_id"]} if "post_id" in film else {}
        return told

    async def _list(self, request):
        page, shown_since = request.match_info["page"], clock.now() - timedelta(seconds=self.shows_after)
        if wrong := self.refused(request.query, page, "pages_read_engagement"):
            return wrong
        rows = [self.shown(name) for name, post in self.posts.items() if post["at"] <= shown_since]
        return web.json_response({"data": rows[::-1][: int(request.query["limit"])]})

    def shown(self, name):
        post = self.posts[name]
        told = {"id": name, "created_time": stamp(post["at"]), "permalink_url": f"https://www.facebook.com/p/{name}"}
        return told | ({"message": post["given"]["message"]} if "message" in post["given"] else {})

    async def _comment(self, request):
        given, under = dict(await request.post()), request.match_info["id"]
        if wrong := self.wrong(given, "pages_manage_engagement"):
            return wrong
        refused, kind, seconds = self.before(request)
        if refused is not None:
            return refused
        if under not in self.posts:
            return missing(under)
        name = f"{under.partition('_')[2]}_{self.number()}"
        self.comments[name] = {"under": under, "given": given, "at": clock.now()}
        return await self.after(request, {"id": name}, kind, seconds)

    def _shown_comment(self, name):
        comment = self.comments[name]
        told = {"id": name, "message": comment["given"]["message"], "created_time": stamp(comment["at"])}
        return told | {"permalink_url": f"https://www.facebook.com/c/{name}"}

    async def _comments(self, request):
        if wrong := self.wrong(request.query, "pages_read_engagement"):
            return wrong
        under = request.match_info["id"]
        if under not in self.posts:
            return missing(under)
        rows = [self._shown_comment(name) for name, one in self.comments.items() if one["under"] == under]
        return web.json_response({"data": rows[::-1]})

    async def _read(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        name, fields = request.match_info["id"], request.query["fields"]
        if name in self.pages:
            return web.json_response(self.page(name))
        if name in self.films and "status" in fields:
            return web.json_response(self._film(name))
        if name not in self.posts and name not in self.comments and name not in self.films:
            return missing(name)
        if "reactions" in fields:
            return self._counted(name, fields)
        return web.json_response(self.shown(name) if name in self.posts else self._shown_comment(name))

    def _counted(self, name, fields):
        if "shares" in fields and name not in self.posts:
            return error(100, "Tried accessing nonexisting field (shares)")
        counted = {"reactions": {"data": [], "summary": {"total_count": 7}}, "comment_count": 1}
        counted |= {"comments": {"data": [], "summary": {"total_count": 3}}}
        return web.json_response(counted | ({"shares": {"count": 2}} if name in self.posts else {}))

    async def _insights(self, request):
        if wrong := self.wrong(request.query, "read_insights"):
            return wrong
        counters = {"post_media_view": 500, "post_total_media_view_unique": 300, "post_clicks": 9}
        names = request.query["metric"].split(",")
        if self.unknown_metrics & set(names):
            return error(100, "The value must be a valid insights metric")
        rows = [{"name": name, "period": "lifetime", "values": [{"value": counters[name]}]} for name in names]
        return web.json_response({"data": rows})

    async def _delete(self, request):
        if wrong := self.wrong(request.query):
            return wrong
        name = request.match_info["id"]
        if self.posts.pop(name, None) is None and self.comments.pop(name, None) is None:
            return missing(name)
        return web.json_response({"success": True})
