"""A small Slack: one workspace, some channels, and the Web API methods that a bot needs. It refuses with status 200.

Stricter than the real one where that one is patient: signs that control messages have to be escaped, an answer has to
name the first message of a thread, and pictures in blocks have to be uploaded and ready.
"""

import json
import re

from aiohttp import web

from aipromote import clock
from connectors.misbehaving import Misbehaving

TEAM, CHANNEL, PRIVATE, OTHER, BOT = "T0000001", "C0000001", "G0000002", "C0000003", "U0000009"
TOKEN = "xoxb-fake-for-tests-only-000000"
ALL = "chat:write,channels:read,channels:join,channels:history,files:write,files:read"


class Slack(Misbehaving):
    def __init__(self) -> None:
        super().__init__()
        self.token, self.scopes = TOKEN, set(ALL.split(","))
        self.names = {CHANNEL: "news", PRIVATE: "secret", OTHER: "other"}
        self.members = {CHANNEL}
        self.archived: set[str] = set()
        self.messages: dict[str, dict] = {}
        self.uploads: dict[str, dict] = {}
        self.calls: list[str] = []
        self.tells_scopes = self.is_processed = self.shares = True
        self.page = 100
        self.upload_host = ""
        self.upload_status = 200
        self.answers: dict[str, dict] = {}  # method: what it says instead

    def routes(self, router) -> None:
        router.add_post("/api/{method}", self._method)
        router.add_post("/upload/v1/{file}", self._upload)

    def no(self, word, **more):
        return web.json_response({"ok": False, "error": word} | more)

    def refusal(self, kind, seconds):
        if kind == "rate_limit":
            headers = {"Retry-After": str(int(seconds))}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        return self.no("msg_too_long")

    async def _method(self, request):
        method = request.match_info["method"]
        self.calls.append(method)
        if request.headers.get("Authorization", "") != f"Bearer {self.token}":
            return self.no("invalid_auth")
        if method in self.answers:
            return web.json_response(self.answers[method])
        given = await request.json() if request.content_type == "application/json" else dict(await request.post())
        if isinstance(given.get("files"), str):
            given["files"] = json.loads(given["files"])
        if method == "chat.postMessage" and request.content_type != "application/json":
            return self.no("invalid_arguments")
        return await self._do(request, method, given)

    async def _do(self, request, method, given):
        if method == "chat.postMessage":
            return await self.publishing(request, lambda: self._post(given))
        if method == "files.completeUploadExternal" and "channel_id" in given:
            return await self.publishing(request, lambda: self._share(given))
        result = getattr(self, "_" + re.sub(r"[.A-Z]", lambda at: "_" + at.group().strip(".").lower(), method))(given)
        if isinstance(result, web.Response):
            return result
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.scopes))} if self.tells_scopes else {}
        return web.json_response({"ok": True} | result, headers=headers)

    def _lacks(self, scope):
        return None if scope in self.scopes else self.no("missing_scope", needed=scope, provided=",".join(self.scopes))

    def _outside(self, channel):
        """Why the bot cannot do something in this channel, or None."""
        if channel not in self.names or (channel == PRIVATE and PRIVATE not in self.members):
            return self.no("channel_not_found")
        if channel in self.archived:
            return self.no("is_archived")
        return None if channel in self.members else self.no("not_in_channel")

    def _auth_test(self, given):  # noqa: ARG002 -- called like all methods
        return {"url": "https://acme.slack.com/", "team": "Acme", "team_id": TEAM, "user": "ada", "user_id": BOT}

    def _conversations_info(self, given):
        channel = given["channel"]
        told = {"id": channel, "name": self.names.get(channel), "is_archived": channel in self.archived}
        return self._lacks("channels:read") or {"channel": told | {"num_members": 42}}

    def _conversations_list(self, given):
        if wrong := self._lacks("channels:read"):
            return wrong
        public = [{"id": one, "name": name} for one, name in self.names.items() if one != PRIVATE]
        at = int(given.get("cursor", 0))
        more = str(at + 1) if at + 1 < len(public) else ""
        return {"channels": public[at : at + 1], "response_metadata": {"next_cursor": more}}

    def _conversations_join(self, given):
        if wrong := self._lacks("channels:join"):
            return wrong
        self.members.add(given["channel"])
        return {"channel": {"id": given["channel"]}}

    def _conversations_history(self, given):
        return self._listed(
            given, [one for one in self.messages.values() if one.get("thread_ts", one["ts"]) == one["ts"]]
        )

    def _conversations_replies(self, given):
        threads = [one for one in self.messages.values() if given["ts"] in {one["ts"], one.get("thread_ts")}]
        return self._listed(given, threads) if threads else self.no("thread_not_found")

    def _listed(self, given, found):
        if wrong := self._lacks("channels:history") or self._outside(given["channel"]):
            return wrong
        oldest, latest = float(given.get("oldest", 0)), float(given.get("latest", 1e12))
        at, size = int(given.get("cursor", 0)), min(int(given["limit"]), self.page)
        near = [dict(one) for one in found if oldest <= float(one["ts"]) <= latest][::-1]
        if given.get("include_all_metadata") != "true":
            near = [{name: value for name, value in one.items() if name != "metadata"} for one in near]
        more = str(at + size) if at + size < len(near) else ""
        return {"messages": near[at : at + size], "has_more": bool(more), "response_metadata": {"next_cursor": more}}

    def _chat_delete(self, given):
        if self.messages.pop(given["ts"], None) is None:
            return self.no("message_not_found")
        return {"ts": given["ts"]}

    def _files_get_upload_u_r_l_external(self, given):
        if wrong := self._lacks("files:write"):
            return wrong
        number = f"F{len(self.uploads):07d}"
        self.uploads[number] = {"length": int(given["length"]), "name": given["filename"], "alt": given.get("alt_txt")}
        return {"upload_url": f"{self.upload_host or self.url}/upload/v1/{number}", "file_id": number}

    async def _upload(self, request):
        self.calls.append("upload")
        kept = self.uploads[request.match_info["file"]]
        kept["content"] = await request.read()
        if self.upload_status != 200 or len(kept["content"]) != kept["length"]:
            return web.Response(status=self.upload_status if self.upload_status != 200 else 400, text="no")
        return web.Response(text=f"OK - {kept['length']}")

    def _files_complete_upload_external(self, given):
        for one in given["files"]:
            self.uploads[one["id"]]["is_complete"] = "content" in self.uploads[one["id"]]
        return {"files": given["files"]}

    def _files_info(self, given):
        if wrong := self._lacks("files:read"):
            return wrong
        kept = self.uploads.get(given["file"])
        if kept is None:
            return self.no("file_not_found")
        return {"file": {"id": given["file"], "mimetype": "image/png" if self.is_processed else ""}}

    def _post(self, given):
        wrong = self._lacks("chat:write") or (
            None if self._is_open(given["channel"]) else self._outside(given["channel"])
        )
        if wrong or (wrong := self._malformed(given)):
            return wrong
        kept = self.keep(given["text"], given.get("thread_ts"), metadata=given["metadata"], blocks=given.get("blocks"))
        return {"ok": True, "channel": given["channel"], "ts": kept["ts"], "message": kept}

    def _is_open(self, channel):
        return "chat:write.public" in self.scopes and channel in self.names and channel != PRIVATE

    def _malformed(self, given):
        if not given["text"] and not given.get("blocks"):
            return self.no("no_text")
        if re.search(r"[<>]|&(?!amp;|lt;|gt;)", given["text"]):
            return self.no("invalid_arguments")
        if "thread_ts" in given and given["thread_ts"] not in self._firsts():
            return self.no("thread_not_found")
        for block in given.get("blocks") or []:
            if block["type"] == "section" and not 1 <= len(block["text"]["text"]) <= 3000:
                return self.no("invalid_blocks")
            if block["type"] == "image" and not self._is_usable(block):
                words = "[ERROR] invalid slack file [json-pointer:/blocks/1/slack_file]"
                return self.no("invalid_blocks", response_metadata={"messages": [words]})
        return None

    def _firsts(self):
        return {one["ts"] for one in self.messages.values() if one.get("thread_ts", one["ts"]) == one["ts"]}

    def _is_usable(self, block):
        kept = self.uploads.get(block["slack_file"]["id"])
        return kept is not None and kept.get("is_complete") and self.is_processed and block["alt_text"]

    def _share(self, given):
        if wrong := self._lacks("files:write") or self._outside(given["channel_id"]):
            return wrong
        if "thread_ts" in given and given["thread_ts"] not in self._firsts():
            return self.no("thread_not_found")
        files = [{"id": one["id"]} for one in given["files"]]
        if any("content" not in self.uploads[one["id"]] for one in files):
            return self.no("file_not_found")
        if self.shares:
            self.keep(given["initial_comment"], given.get("thread_ts"), files=files)
        return {"ok": True, "files": files}

    def keep(self, text, thread=None, **more):
        moment = clock.now().timestamp()
        while f"{moment:.6f}" in self.messages:
            moment += 0.000001
        told = {"type": "message", "ts": f"{moment:.6f}", "text": text, "user": BOT}
        told |= {name: value for name, value in more.items() if value is not None}
        if thread is not None:
            told["thread_ts"] = thread
        self.messages[told["ts"]] = told
        return told
