"""A small Discord: one server with some channels, a webhook and a bot. It refuses as Discord's API does.

Stricter than the real one: a webhook that is not asked to wait, a message that may call people, and a file without its
entry among the attachments are refused.
"""

import json
from datetime import datetime

from aiohttp import web

from aipromote import clock
from connectors.misbehaving import Misbehaving

GUILD, CHANNEL, FORUM, THREAD, WEBHOOK, BOT = "100001", "200001", "200002", "200003", "300001", "400001"
TOKEN = "fake-webhook-token_0123456789-for-tests-only"
BOT_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1.Gfake0.tests-only_0123456789abcdef"
EPOCH_MS = 1_420_070_400_000


class Discord(Misbehaving):
    def __init__(self) -> None:
        super().__init__()
        self.token, self.bot_token = TOKEN, BOT_TOKEN
        self.messages: dict[str, dict] = {}
        self.nonces: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.sees_channel = self.reads_history = self.takes_files = True
        self.stranger = self.keep({"content": "Hello"}, CHANNEL, "500001", at=clock.now().timestamp() - 86400)

    def routes(self, router) -> None:
        base = "/api/v10"
        router.add_get(base + "/webhooks/{id}/{token}", self._webhook)
        router.add_post(base + "/webhooks/{id}/{token}", self._execute)
        router.add_get(base + "/webhooks/{id}/{token}/messages/{message}", self._one)
        router.add_delete(base + "/webhooks/{id}/{token}/messages/{message}", self._delete)
        router.add_get(base + "/users/@me", self._me)
        router.add_get(base + "/channels/{channel}", self._channel)
        router.add_get(base + "/channels/{channel}/messages", self._list)
        router.add_post(base + "/channels/{channel}/messages", self._create)
        router.add_get(base + "/channels/{channel}/messages/{message}", self._one)
        router.add_delete(base + "/channels/{channel}/messages/{message}", self._delete)

    def fail(self, status, code, message, **more):
        return web.json_response({"code": code, "message": message} | more, status=status)

    def refusal(self, kind, seconds):
        if kind == "rate_limit":
            body = {"message": "You are being rate limited.", "retry_after": seconds + 0.25, "global": False}
            return web.json_response(body, status=429, headers={"Retry-After": str(int(seconds))})
        return self.fail(400, 50035, "Invalid Form Body", errors={"content": {"_errors": []}})

    def _wrong(self, request):
        """What is wrong with how the call comes in, or None."""
        self.calls.append((request.method, request.path))
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            return web.Response(status=403, text="<html>error code: 1010</html>", content_type="text/html")
        if "token" in request.match_info:
            if request.match_info["id"] != WEBHOOK:
                return self.fail(404, 10015, "Unknown Webhook")
            if request.match_info["token"] != self.token:
                return self.fail(401, 50027, "Invalid Webhook Token")
            return None
        return self._wrong_bot(request)

    def _wrong_bot(self, request):
        if request.headers.get("Authorization") != f"Bot {self.bot_token}":
            return self.fail(401, 0, "401: Unauthorized")
        channel = request.match_info.get("channel", CHANNEL)
        if channel not in {CHANNEL, FORUM}:
            return self.fail(404, 10003, "Unknown Channel")
        return None if self.sees_channel else self.fail(403, 50001, "Missing Access")

    async def _webhook(self, request):
        if wrong := self._wrong(request):
            return wrong
        told = {"id": WEBHOOK, "type": 1, "guild_id": GUILD, "channel_id": CHANNEL, "name": "News", "token": self.token}
        return web.json_response(told)

    async def _me(self, request):
        if request.headers.get("Authorization") != f"Bot {self.bot_token}":
            return self.fail(401, 0, "401: Unauthorized")
        return web.json_response({"id": BOT, "username": "ada-bot", "bot": True})

    async def _channel(self, request):
        if wrong := self._wrong(request):
            return wrong
        kind = 15 if request.match_info["channel"] == FORUM else 0
        return web.json_response({"id": CHANNEL, "type": kind, "guild_id": GUILD, "name": "news"})

    async def _list(self, request):
        if wrong := self._wrong(request):
            return wrong
        after = int(request.query.get("after", 0))
        found = [one for one in self.messages.values() if int(one["id"]) > after] if self.reads_history else []
        page = found[: int(request.query["limit"])] if after else found[-int(request.query["limit"]) :]
        return web.json_response(page[::-1])

    async def _one(self, request):
        if wrong := self._wrong(request):
            return wrong
        found = self.messages.get(request.match_info["message"])
        if found is None or not self._is_where_asked(request, found):
            return self.fail(404, 10008, "Unknown Message")
        return web.json_response(found)

    async def _delete(self, request):
        if wrong := self._wrong(request):
            return wrong
        if self.messages.pop(request.match_info["message"], None) is None:
            return self.fail(404, 10008, "Unknown Message")
        return web.Response(status=204)

    def _is_where_asked(self, request, found):
        return found["channel_id"] == request.query.get("thread_id", CHANNEL)

    async def _execute(self, request):
        if wrong := self._wrong(request):
            return wrong
        given, files = await self._given(request)
        if request.query.get("wait") != "true":
            self.keep(given, CHANNEL, WEBHOOK)
            return web.Response(status=204)
        thread = request.query.get("thread_id")
        if thread not in {None, THREAD}:
            return self.fail(404, 10003, "Unknown Channel")
        return await self.publishing(request, lambda: self._store(given, files, thread or CHANNEL, WEBHOOK))

    async def _create(self, request):
        if wrong := self._wrong(request):
            return wrong
        given, files = await self._given(request)
        return await self.publishing(request, lambda: self._store(given, files, CHANNEL, BOT))

    async def _given(self, request):
        if request.content_type == "application/json":
            return await request.json(), {}
        form = await request.post()
        files = {name: value for name, value in form.items() if isinstance(value, web.FileField)}
        return json.loads(form["payload_json"]), files

    def _store(self, given, files, channel, author):
        if wrong := self._refused(given, files) or self._wrong_reference(given, author):
            return wrong
        nonce = given.get("nonce")
        if given.get("enforce_nonce") and nonce in self.nonces:
            return self.messages[self.nonces[nonce]]
        kept = self.keep(given, channel, author)
        if nonce:
            self.nonces[nonce] = kept["id"]
        return kept

    def _refused(self, given, files):
        if files and not self.takes_files:
            return self.fail(403, 50013, "Missing Permissions")
        if not given["content"] and not files:
            return self.fail(400, 50006, "Cannot send an empty message")
        names = {f"files[{one['id']}]": one["filename"] for one in given.get("attachments", [])}
        are_listed = names == {name: file.filename for name, file in files.items()}
        if len(given["content"]) > 2000 or given["allowed_mentions"] != {"parse": []} or not are_listed:
            return self.fail(400, 50035, "Invalid Form Body", errors={"content": {"_errors": []}})
        if any(len(file.file.read()) > 10 * 1024 * 1024 for file in files.values()):
            return self.fail(400, 40005, "Request entity too large")
        return None

    def _wrong_reference(self, given, author):
        reference = given.get("message_reference")
        if reference and (author != BOT or reference["message_id"] not in self.messages):
            errors = {"message_reference": {"_errors": [{"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"}]}}
            return self.fail(400, 50035, "Invalid Form Body", errors=errors)
        return None

    def keep(self, given, channel, author, at=None):
        moment = clock.now().timestamp() if at is None else at
        number = (int(moment * 1000) - EPOCH_MS) << 22
        while str(number) in self.messages:
            number += 1
        stamp = datetime.fromtimestamp(moment, clock.now().tzinfo).isoformat()
        told = {"id": str(number), "channel_id": channel, "timestamp": stamp, "content": given["content"]}
        told |= {"author": {"id": author}, "attachments": given.get("attachments", [])}
        if "message_reference" in given:
            told["message_reference"] = given["message_reference"]
        self.messages[str(number)] = told
        return told
