"""Opening a channel with what was typed, and saying plainly what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from aipromote.connectors.contract import Credentials, Grant, Profile
from aipromote.connectors.discord import places, rest
from aipromote.connectors.discord.places import Place
from aipromote.connectors.errors import PermissionMissing, Rejected, Revoked, TargetGone
from aipromote.connectors.wire import Answer

_INCOMING = 1
_WRITABLE = frozenset({0, 2, 5, 10, 11, 12, 13})
"""Kinds of channels that take plain messages: text, voice, announcements, threads, stages."""


async def open_place(http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> Grant:
    """The channel behind a webhook, or behind a bot's token and a channel."""
    if given.get("webhook", "").strip():
        return await _by_webhook(http, server, given["webhook"])
    if given.get("token", "").strip():
        return await _by_bot(http, server, given["token"], given.get("channel", ""))
    raise Revoked("Please give the address of a webhook, or the token of a bot and a channel.")


async def profile(http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
    """The webhook or the channel, by its name."""
    place = places.of(credentials)
    answer = await rest.call(http, "GET", place.root(credentials), credentials, place)
    rest.readable(answer)
    return _profile(answer, place)


async def _by_webhook(http: aiohttp.ClientSession, server: str, typed: str) -> Grant:
    number, token, thread = places.webhook(typed)
    opened = Credentials(server, token, token_type="Webhook")  # noqa: S106 -- the kind of token, not a token
    blank = Place("webhook", "", number)
    answer = await rest.call(http, "GET", blank.root(opened), opened, blank)
    try:
        rest.readable(answer)
    except Revoked as error:
        raise Revoked(
            "Discord does not know this webhook. Was it deleted, or its address cut short? Please copy it once more.",
            code=error.code,
        ) from error
    if answer.at("type") != _INCOMING or not answer.fact("guild_id"):
        raise Rejected("This webhook cannot post. Please make one in the channel's settings under Integrations.")
    place = Place("webhook", answer.fact("guild_id"), number, thread)
    return _grant(opened, answer, place)


async def _by_bot(http: aiohttp.ClientSession, server: str, typed: str, channel: str) -> Grant:
    opened = Credentials(server, places.token(typed), token_type="Bot")  # noqa: S106 -- the kind of token
    place = Place("bot", "", places.channel(channel))
    me = await rest.call(http, "GET", f"{server}/api/v10/users/@me", opened, place)
    try:
        name, author = rest.readable(me).get("username"), me.fact("id")
    except Revoked as error:
        raise Revoked("Discord does not know this bot token. Please copy it once more.", code=error.code) from error
    answer = await rest.call(http, "GET", place.root(opened), opened, place)
    try:
        rest.readable(answer)
    except TargetGone as error:
        raise TargetGone(f"Discord has no channel {place.target}.", code=error.code) from error
    except PermissionMissing as error:
        words = (
            f"{name} cannot see this channel. Invite it to the server, and let it view the channel and send messages."
        )
        raise PermissionMissing(words, code=error.code) from error
    if not answer.fact("guild_id") or answer.at("type") not in _WRITABLE:
        raise Rejected("This is no channel that takes messages. Please choose a text or announcement channel.")
    return _grant(opened, answer, Place("bot", answer.fact("guild_id"), place.target, author=author))


def _grant(opened: Credentials, answer: Answer, place: Place) -> Grant:
    kind = opened.token_type
    credentials = Credentials(opened.server, opened.access_token, token_type=kind, account_id=place.account_id)
    places.of(credentials)  # what was put together can be taken apart
    return Grant(credentials, _profile(answer, place))


def _profile(answer: Answer, place: Place) -> Profile:
    name = answer.fact("name")
    channel = place.thread or (place.target if place.is_bot else answer.fact("channel_id"))
    return Profile(
        account_id=place.account_id,
        handle=(f"#{name}" if place.is_bot else name) or place.target,
        display_name=name or None,
        profile_url=f"https://discord.com/channels/{place.guild}/{channel}" if channel else None,
    )
