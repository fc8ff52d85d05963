"""Where an account can post: the person's own profile and subreddits, and what Reddit tells of them.

`account_id` is `u/ada` or `u/ada/r/startups`: who posts, and where to.
"""

from __future__ import annotations

import re
from dataclasses import replace

import aiohttp

from aipromote.connectors.contract import Ask, Credentials, Grant, Profile
from aipromote.connectors.errors import PolicyBlocked, Rejected, TargetGone
from aipromote.connectors.numbers import count
from aipromote.connectors.reddit import tokens
from aipromote.connectors.reddit.answers import NETWORK, call, readable, refuse

SUBREDDIT = Ask(
    "subreddit",
    "Subreddit",
    "Where you want to post, and are allowed to by its rules. Empty: only on your own profile.",
    placeholder="r/startups",
    is_required=False,
)
FLAIR = Ask("flair", "Flair", "If the subreddit wants one: its name, as it is shown there.", is_required=False)
_NAME = re.compile(r"[A-Za-z0-9_-]{2,40}", re.ASCII)
_TYPED = re.compile(r"(?:https?://(?:\w+\.)?reddit\.com)?/?(?:r/)?([A-Za-z0-9_]{2,40})/?", re.ASCII)
_MOST_NAMED = 8


def user_of(credentials: Credentials) -> str:
    """The name of the person."""
    return credentials.account_id.split("/")[1] if "/" in credentials.account_id else credentials.account_id


def target_of(credentials: Credentials) -> str:
    """The subreddit that posts go to, as Reddit's API names it; a profile is one, too."""
    pieces = credentials.account_id.split("/")
    return pieces[3] if len(pieces) > 3 else f"u_{user_of(credentials)}"  # noqa: PLR2004 -- u, ada, r, startups


def flair_of(credentials: Credentials) -> str | None:
    """The flair that was chosen for the place."""
    chosen = (one for one in credentials.scope.split() if one.startswith(tokens.FLAIR))
    return next((one.removeprefix(tokens.FLAIR) for one in chosen), None)


def typed(text: str) -> str | None:
    """The name of the subreddit that was typed in whatever form; None for nothing."""
    if not text.strip():
        return None
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise Rejected("This is no name of a subreddit; it looks like r/startups.", code="subreddit")
    return match[1]


async def grants(http: aiohttp.ClientSession, opened: Credentials, subreddit: str | None, flair: str) -> list[Grant]:
    """The subreddit first, where one was named, then the profile."""
    person = await me(http, opened)
    opened = replace(opened, account_id=person.account_id)
    if subreddit is None:
        return [Grant(opened, person)]
    shared = replace(opened, scope=f"{opened.scope} {tokens.SHARED}".strip())
    there = replace(shared, account_id=f"{person.account_id}/r/{subreddit}")
    try:
        place = await about(http, there)
        chosen = await _flair(http, there, flair.strip()) if flair.strip() else None
    except (TargetGone, PolicyBlocked) as error:
        raise Rejected(f"Reddit does not let {person.handle} into r/{subreddit}.", code="subreddit") from error
    there = replace(there, account_id=place.account_id)
    if chosen:
        there = replace(there, scope=f"{there.scope} {tokens.FLAIR}{chosen}")
    return [Grant(there, place), Grant(shared, person)]


async def me(http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
    """The person behind the token, on their own profile."""
    answer = await call(http, "GET", credentials, "/api/v1/me", params={"raw_json": "1"})
    readable(answer)
    name = answer.fact("name")
    if not _NAME.fullmatch(name):
        raise answer.unusable(NETWORK)
    return Profile(
        account_id=f"u/{name}",
        handle=f"u/{name}",
        display_name=answer.fact("subreddit", "title") or None,
        profile_url=f"https://www.reddit.com/user/{name}/",
        followers=count(answer.at("subreddit", "subscribers")),
    )


async def about(http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
    """The subreddit; its readers count as followers."""
    name = target_of(credentials)
    answer = await call(http, "GET", credentials, f"/r/{name}/about", params={"raw_json": "1"})
    readable(answer)
    shown = answer.fact("data", "display_name")
    if not _NAME.fullmatch(shown):
        raise answer.unusable(NETWORK)
    if answer.at("data", "user_is_banned") is True:
        raise PolicyBlocked(f"This account is banned from r/{shown}.", code="banned")
    return Profile(
        account_id=f"u/{user_of(credentials)}/r/{shown}",
        handle=f"r/{shown}",
        display_name=answer.fact("data", "title") or None,
        profile_url=f"https://www.reddit.com/r/{shown}/",
        followers=count(answer.at("data", "subscribers")),
    )


async def _flair(http: aiohttp.ClientSession, credentials: Credentials, wanted: str) -> str:
    answer = await call(http, "GET", credentials, f"/r/{target_of(credentials)}/api/link_flair_v2")
    if not answer.is_success or not isinstance(answer.body, list):
        refuse(answer)
    known = {str(one.get("text")): str(one.get("id")) for one in answer.body if isinstance(one, dict)}
    number = next((number for text, number in known.items() if text.casefold() == wanted.casefold()), None)
    if number is None or not _NAME.fullmatch(number):
        names = ", ".join(list(known)[:_MOST_NAMED])
        raise Rejected(f"The subreddit has no flair of this name. It has: {names or 'none'}."[:300], code="flair")
    return number
