"""A small Telegram: one bot, its chats, and the methods of the Bot API that post. It refuses as Telegram's server does.

It is stricter where the real one is patient: files have to be of the kind that their method is for, and a reply has to
name a message that there is.
"""

import json
import re

from aiohttp import web

from aipromote import clock
from connectors.misbehaving import Misbehaving

TOKEN = "123456789:AAfake-token_for-tests-only-0000000"
CHANNEL, GROUP, OLD_GROUP, ADA = -1001234567890, -1009876543210, -4455, 77
MAGIC = {"photo": (b"\xff\xd8", b"\x89PNG"), "video": (b"\x00\x00\x00\x18ftyp",), "animation": (b"GIF8",)}


def units(text):
    return len(text.encode("utf-16-le")) // 2


class Telegram(Misbehaving):
    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.messages: dict[int, dict] = {}
        self.last = 40
        self.member = {"status": "administrator", "can_post_messages": True}
        self.has_counts = True
        self.unreadable: set[str] = set()  # methods that are answered with nonsense
        self.chats = {
            CHANNEL: {"id": CHANNEL, "type": "channel", "title": "News", "username": "adanews"},
            GROUP: {"id": GROUP, "type": "supergroup", "title": "Talk"},
            OLD_GROUP: {"id": OLD_GROUP, "type": "group", "title": "Old"},
            ADA: {"id": ADA, "type": "private", "first_name": "Ada"},
        }
        self.moved: dict[int, int] = {}

    def routes(self, router) -> None:
        router.add_route("*", "/bot{token}/{method}", self.answer)

    def fail(self, code, description, **parameters):
        body = {"ok": False, "error_code": code, "description": description}
        return web.json_response(body | ({"parameters": parameters} if parameters else {}), status=code)

    def refusal(self, kind, seconds):
        if kind == "rate_limit":
            return self.fail(429, f"Too Many Requests: retry after {int(seconds)}", retry_after=int(seconds))
        return self.fail(400, "Bad Request: message text is empty")

    async def answer(self, request):
        if not re.fullmatch(r"\d+:[\w-]+", request.match_info["token"]):
            return self.fail(404, "Not Found")
        if request.match_info["token"] != self.token:
            return self.fail(401, "Unauthorized")
        method = request.match_info["method"]
        if method in self.unreadable:
            return web.json_response({"ok": True, "result": 7})
        if request.content_type == "application/json":
            given, files = await request.json(), {}
        else:
            if "Content-Length" not in request.headers:
                return self.fail(411, "Length Required")
            given, files = await self._form(request)
        if method.startswith("send"):
            return await self.publishing(request, lambda: self._send(method, given, files))
        handler = getattr(self, f"_{method}", None)
        return handler(given) if handler else self.fail(404, "Not Found: method not found")

    async def _form(self, request):
        given, files = {}, {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = (value.content_type, value.file.read())
            else:
                given[name] = value
        for name in ("media", "reply_parameters"):
            if name in given:
                given[name] = json.loads(given[name])
        return given, files

    def _chat(self, given):
        wanted = str(given.get("chat_id", ""))
        for chat in self.chats.values():
            if wanted == str(chat["id"]) or wanted.lower() == f"@{chat.get('username', '?')}".lower():
                return chat
        return None

    def _getMe(self, given):  # noqa: N802, ARG002 -- the network's own name -- named as the method is
        return web.json_response({"ok": True, "result": {"id": 9, "is_bot": True, "username": "ada_bot"}})

    def _getChat(self, given):  # noqa: N802 -- the network's own name
        chat = self._chat(given)
        if chat is None:
            return self.fail(400, "Bad Request: chat not found")
        return web.json_response({"ok": True, "result": chat})

    def _getChatMember(self, given):  # noqa: N802 -- the network's own name
        if given.get("user_id") != 9:
            return self.fail(400, "Bad Request: user not found")
        if self.member["status"] == "inaccessible":
            return self.fail(400, "Bad Request: member list is inaccessible")
        return web.json_response({"ok": True, "result": {"user": {"id": 9}} | self.member})

    def _getChatMemberCount(self, given):  # noqa: N802, ARG002 -- the network's own name
        if not self.has_counts:
            return self.fail(403, "Forbidden: bot is not a member of the channel chat")
        return web.json_response({"ok": True, "result": 321})

    def _deleteMessages(self, given):  # noqa: N802 -- the network's own name
        for number in given["message_ids"]:
            self.messages.pop(number, None)
        return web.json_response({"ok": True, "result": True})

    def _send(self, method, given, files):
        chat = self._chat(given)
        if chat is None:
            return self.fail(400, "Bad Request: chat not found")
        if chat["id"] in self.moved:
            return self.fail(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat["id"]],
            )
        if self.member["status"] in {"left", "kicked"}:
            return self.fail(403, "Forbidden: bot was kicked from the channel chat")
        return self._send_into(chat, method, given, files)

    def _send_into(self, chat, method, given, files):
        reply = given.get("reply_parameters", {}).get("message_id")
        if reply is not None and reply not in self.messages:
            return self.fail(400, "Bad Request: message to be replied not found")
        if "parse_mode" in given:
            return self.fail(400, "Bad Request: can't parse entities: unsupported start tag")
        if method == "sendMessage":
            return self._send_text(chat, given, reply)
        if method == "sendMediaGroup":
            return self._send_album(chat, given, files, reply)
        kind = method.removeprefix("send").lower()
        return self._refused(kind, given, files.get(kind)) or self._ok(
            self._keep(chat, given, reply, kind, files[kind])
        )

    def _ok(self, result):
        return {"ok": True, "result": result}

    def _send_text(self, chat, given, reply):
        if not given["text"].strip():
            return self.fail(400, "Bad Request: message text is empty")
        if units(given["text"]) > 4096:
            return self.fail(400, "Bad Request: message is too long")
        return self._ok(self._keep(chat, given, reply))

    def _send_album(self, chat, given, files, reply):
        if not 2 <= len(given["media"]) <= 10:
            return self.fail(400, "Bad Request: wrong number of media")
        found = [(item, files.get(item["media"].removeprefix("attach://"))) for item in given["media"]]
        for item, file in found:
            if item["type"] not in {"photo", "video"}:
                return self.fail(400, "Bad Request: can't parse InputMedia")
            if wrong := self._refused(item["type"], item, file):
                return wrong
        return self._ok([self._keep(chat, item, reply, item["type"], file) for item, file in found])

    def _refused(self, kind, given, file):
        if file is None:
            return self.fail(400, f"Bad Request: there is no {kind} in the request")
        if not file[1].startswith(MAGIC[kind]):
            return self.fail(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if units(given.get("caption", "")) > 1024:
            return self.fail(400, "Bad Request: message caption is too long")
        return None

    def _keep(self, chat, given, reply, kind=None, file=None):
        self.last += 1
        self.messages[self.last] = {"given": given, "reply": reply, "kind": kind, "file": file, "chat": chat["id"]}
        told = {"id": chat["id"], "type": chat["type"], "title": chat["title"]}
        told |= {"username": chat["username"]} if "username" in chat else {}
        return {"message_id": self.last, "date": int(clock.now().timestamp()), "chat": told}
