"""Opening a channel with what was typed, and saying plainly what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp

from aipromote.connectors.contract import Credentials, Grant, Profile
from aipromote.connectors.errors import PermissionMissing, Rejected, Revoked, TargetGone
from aipromote.connectors.slack import messages, web
from aipromote.connectors.slack.messages import Place
from aipromote.connectors.wire import Answer

HISTORY = "channels:history"
"""Kept in the grant's scope where the bot may read this channel."""
_TOKEN = re.compile(r"(?<![\w.-])xoxb-[A-Za-z0-9-]{10,200}", re.ASCII)
_NUMBER = re.compile(r"[CG][A-Z0-9]{7,20}", re.ASCII)
_LINK = re.compile(r"https://[\w.-]+/(?:archives|client/[TE][A-Z0-9]+)/([CG][A-Z0-9]{7,20})(?:/\S*)?", re.ASCII)
_NAME = re.compile(r"#?([^\s#/<>]{1,80})")
_WRONG_KINDS = (
    (
        "hooks.slack.com",
        "This is the address of a webhook, which tells nothing afterwards. Please paste the bot's token.",
    ),
    ("xapp-", "This is an app-level token. Please take the bot user OAuth token, which begins with xoxb-."),
    ("xoxp-", "This is the token of a person. Please take the bot user OAuth token, which begins with xoxb-."),
    ("xoxe", "This token ends after twelve hours. Please switch off token rotation for the app and install it again."),
)
_LIST_PAGES = 10


async def open_channel(http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> Grant:
    """The channel as an account, joined where that is needed for posting or for reading."""
    opened = Credentials(server, _token(given.get("token", "")), token_type="Bot")  # noqa: S106 -- the kind of token
    me = await web.ask(http, opened, "auth.test")
    try:
        web.readable(me)
    except Revoked as error:
        words = "Slack does not know this token. Please copy it once more from OAuth & Permissions."
        raise Revoked(words, code=error.code) from error
    scopes = {one.strip() for one in me.headers.get("X-OAuth-Scopes", "").split(",")} - {""}
    if scopes and "chat:write" not in scopes:
        raise PermissionMissing("The bot lacks the permission chat:write (OAuth & Permissions, Bot token scopes).")
    host = urlsplit(me.fact("url")).hostname or ""
    team, name = me.fact("team_id"), me.fact("user") or "the bot"
    channel = await _channel(http, opened, given.get("channel", ""))
    where = messages.place(Place(team, channel, host).account_id)
    reads = await _enter(http, opened, where, name, may_stay_out="chat:write.public" in scopes)
    kept = (scopes or {"chat:write"}) - {HISTORY} | ({HISTORY} if reads else set())
    grant = replace(opened, account_id=where.account_id, scope=" ".join(sorted(kept)))
    return Grant(grant, await profile(http, grant))


async def profile(http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
    """The channel by its name, and how many are in it; by its number where the bot may not ask."""
    where = messages.place(credentials.account_id)
    answer = await web.ask(http, credentials, "conversations.info", channel=where.channel, include_num_members="true")
    if web.word(answer) != "missing_scope":
        web.readable(answer)
    name, count = answer.fact("channel", "name"), answer.at("channel", "num_members")
    if answer.at("channel", "is_archived") is True:
        raise TargetGone("The channel is archived.", code="is_archived")
    return Profile(
        account_id=where.account_id,
        handle=f"#{name}" if name else where.channel,
        display_name=name or None,
        profile_url=f"https://{where.host}/archives/{where.channel}",
        followers=count if isinstance(count, int) else None,
    )


def _token(typed: str) -> str:
    if found := _TOKEN.search(typed):
        return found.group()
    for sign, words in _WRONG_KINDS:
        if sign in typed:
            raise Revoked(words)
    raise Revoked("This is no token of a bot. It begins with xoxb- and stands under OAuth & Permissions of your app.")


async def _channel(http: aiohttp.ClientSession, credentials: Credentials, typed: str) -> str:
    """The number of the channel: as it is, out of its address, or found by its name."""
    text = typed.strip()
    if _NUMBER.fullmatch(text):
        return text
    if found := _LINK.fullmatch(text):
        return found[1]
    if named := _NAME.fullmatch(text):
        return await _by_name(http, credentials, named[1].lower())
    raise Rejected("Please give the channel as #name, or its address: right click on it, Copy link.")


async def _by_name(http: aiohttp.ClientSession, credentials: Credentials, name: str) -> str:
    fields = {"limit": "200", "exclude_archived": "true", "types": "public_channel"}
    for _ in range(_LIST_PAGES):
        answer = await web.ask(http, credentials, "conversations.list", **fields)
        listed = web.readable(answer).get("channels")
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, dict) and one.get("name") == name and isinstance(one.get("id"), str):
                return str(one["id"])
        cursor = answer.fact("response_metadata", "next_cursor")
        if not cursor:
            break
        fields["cursor"] = cursor
    raise TargetGone(f"There is no public channel #{name[:60]}. For a private one paste its address (Copy link).")


async def _enter(
    http: aiohttp.ClientSession, credentials: Credentials, where: Place, name: str, *, may_stay_out: bool
) -> bool:
    """Whether the bot may read the channel. A public channel that it is not in is joined."""
    answer = await _read(http, credentials, where)
    if web.word(answer) == "not_in_channel":
        joined = await web.ask(http, credentials, "conversations.join", channel=where.channel)
        if joined.at("ok") is True:
            answer = await _read(http, credentials, where)
        elif may_stay_out:
            return False
        else:
            raise PermissionMissing(
                f"The bot is not in the channel. In Slack, write there: /invite @{name}", code=web.word(joined)
            )
    if web.word(answer) == "missing_scope":
        return False
    if web.word(answer) == "channel_not_found":
        raise TargetGone(
            f"Slack shows the bot no such channel. If it is private, write there: /invite @{name}",
            code="channel_not_found",
        )
    web.readable(answer)
    return True


async def _read(http: aiohttp.ClientSession, credentials: Credentials, where: Place) -> Answer:
    return await web.ask(http, credentials, "conversations.history", channel=where.channel, limit="1")
