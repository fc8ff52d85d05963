"""Opening a chat with a bot's token: what was typed is understood generously, and what is wrong is said plainly."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import Any, NoReturn

import aiohttp

from aipromote.connectors.contract import Credentials, Grant, Profile
from aipromote.connectors.errors import ConnectorError, PermissionMissing, Rejected, Revoked, TargetGone, Unreachable
from aipromote.connectors.telegram import bot
from aipromote.connectors.wire import Answer

_KIND = "Bot"
_TOKEN = re.compile(r"(?<!\d)\d{5,20}:[A-Za-z0-9_-]{20,100}(?![A-Za-z0-9_-])")
_NAME = re.compile(r"(?:(?:https?://)?(?:t|telegram)\.me/(?:s/)?|@)?([A-Za-z]\w{3,31})(?:/\d+)?/?", re.ASCII)
_PRIVATE = re.compile(r"(?:https?://)?t\.me/c/(\d+)(?:/\d+)*/?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)
_INVITATION = re.compile(r"t\.me/(?:\+|joinchat/)")


async def open_chat(http: aiohttp.ClientSession, *, server: str, token: str, chat: str) -> Grant:
    """The chat as an account. Revoked, TargetGone, PermissionMissing and Rejected say what is wrong with it."""
    given = _TOKEN.search(token)
    if given is None:
        raise Revoked("This is no bot token. It looks like 123456789:AA… and @BotFather shows it (/token).")
    opened = Credentials(server, given.group(), token_type=_KIND, account_id=_chat_id(chat))
    me = await bot.call(http, opened, "getMe", {})
    if me.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND} and me.at("ok") is False:
        raise Revoked(
            "Telegram does not know this bot token. Please copy it once more from @BotFather (/token).",
            code=me.code("error_code"),
        )
    bot.result(me)
    name, number = me.fact("result", "username"), me.at("result", "id")
    if not name or not isinstance(number, int):
        raise me.unusable(bot.NETWORK)
    found = await bot.call(http, opened, "getChat", {"chat_id": opened.account_id})
    if not found.is_success:
        _not_found(found, chat.strip(), name)
    kind, identity = found.fact("result", "type"), found.at("result", "id")
    if not kind or not isinstance(identity, int):
        raise found.unusable(bot.NETWORK)
    if kind == "private":
        raise Rejected("This is a person, not a channel or a group. Please give @channel or a number such as -100….")
    await _require_rights(http, opened, kind=kind, name=name, number=number)
    grant = replace(opened, account_id=str(identity))
    return Grant(grant, await profile(http, grant, chat=grant.account_id))


async def profile(http: aiohttp.ClientSession, credentials: Credentials, *, chat: str) -> Profile:
    """The chat, and how many are in it where Telegram says so."""
    answer = await bot.call(http, credentials, "getChat", {"chat_id": chat})
    told = bot.result(answer)
    if not isinstance(told, dict) or not isinstance(told.get("id"), int):
        raise answer.unusable(bot.NETWORK)
    username, title = answer.fact("result", "username"), answer.fact("result", "title")
    return Profile(
        account_id=str(told["id"]),
        handle=f"@{username}" if username else title or str(told["id"]),
        display_name=title or None,
        profile_url=f"https://t.me/{username}" if username else None,
        followers=await _members(http, credentials, chat),
    )


async def _members(http: aiohttp.ClientSession, credentials: Credentials, chat: str) -> int | None:
    try:
        count = bot.result(await bot.call(http, credentials, "getChatMemberCount", {"chat_id": chat}))
    except ConnectorError:
        return None  # a number that is nice to have and must keep nobody from connecting
    return count if isinstance(count, int) else None


def _chat_id(typed: str) -> str:
    """What Telegram calls the chat: a number, or a public name with its @."""
    text = typed.strip()
    if private := _PRIVATE.fullmatch(text):
        return f"-100{private[1]}"
    if _NUMBER.fullmatch(text):
        return text
    if _INVITATION.search(text):
        raise Rejected(
            "An invitation link does not tell which chat it is. Please give its number: the address of any of its "
            "messages (Copy link) has it, https://t.me/c/1234567890/5."
        )
    if name := _NAME.fullmatch(text):
        return f"@{name[1]}"
    raise Rejected("Please give the channel as @yourchannel, or its number such as -1001234567890.")


def _not_found(answer: Answer, chat: str, bot_name: str) -> NoReturn:
    try:
        bot.refuse(answer)
    except TargetGone as error:
        raise TargetGone(
            f"Telegram finds no chat {chat[:60]} for @{bot_name}. Is it written right, and is the bot in it? Add "
            f"@{bot_name} as an administrator (Channel, Administrators, Add), then try again.",
            code=error.code,
        ) from error
    except PermissionMissing as error:
        raise _no_member(bot_name, error.code) from error
    raise Unreachable("Telegram told nothing of the chat.")


async def _require_rights(
    http: aiohttp.ClientSession, credentials: Credentials, *, kind: str, name: str, number: int
) -> None:
    """That the bot may post: in a channel as an administrator with that right, in a group as an unrestricted member."""
    answer = await bot.call(http, credentials, "getChatMember", {"chat_id": credentials.account_id, "user_id": number})
    try:
        member: Any = bot.result(answer)
    except (PermissionMissing, Rejected) as error:
        raise _no_member(name, error.code) from error
    status = answer.fact("result", "status")
    if not isinstance(member, dict) or not status:
        raise answer.unusable(bot.NETWORK)
    if kind == "channel":
        if status == "administrator" and member.get("can_post_messages") is not True:
            raise PermissionMissing(f"@{name} is an administrator but may not post. Switch on “Post messages” for it.")
        if status not in {"administrator", "creator"}:
            raise _no_member(name, "")
    if status in {"left", "kicked"}:
        raise _no_member(name, "")
    if status == "restricted" and member.get("can_send_messages") is not True:
        raise PermissionMissing(f"@{name} is in the group but may not write there.")


def _no_member(name: str, code: str) -> PermissionMissing:
    return PermissionMissing(
        f"@{name} may not post there: add it to the chat, in a channel as an administrator with “Post messages”.",
        code=code,
    )
