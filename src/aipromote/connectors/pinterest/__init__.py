"""The connector to Pinterest: each board of an account is a place of its own to publish to.

It takes no key of ours and names no duplicates, so a call without an answer is looked up in the account's list of pins,
by board, title, text and link.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp

from aipromote import clock
from aipromote.connectors import links, matching
from aipromote.connectors.base import Network
from aipromote.connectors.capabilities import (
    JPEG,
    MEGABYTE,
    MP4,
    PNG,
    QUICKTIME,
    Capabilities,
    ImageRules,
    LinkStyle,
    VideoRules,
)
from aipromote.connectors.contract import (
    Absent,
    Armed,
    Certainty,
    Consent,
    Credentials,
    Grant,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Profile,
    Published,
    Undecided,
)
from aipromote.connectors.numbers import count
from aipromote.connectors.pinterest import api, files
from aipromote.connectors.pinterest import consent as consents
from aipromote.documents.vocabulary import Platform

_ARRIVAL_WINDOW = timedelta(minutes=5)
"""After this long a pin that was taken is in the list."""
_PAGES = 20
_PAGE = "100"
_PUBLISH_SECONDS = 120.0
_MEASURED_DAYS = 89
_COUNTERS = {
    "impressions": "IMPRESSION",
    "clicks": "OUTBOUND_CLICK",
    "saves": "SAVE",
    "comments": "TOTAL_COMMENTS",
    "likes": "TOTAL_REACTIONS",
}


class PinterestConnector(Network):
    """Implements `OAuthConnector`. There is no PKCE; the app's secret goes along by Basic."""

    name = "pinterest"
    platform = Platform.PINTEREST
    server = consents.SERVER
    needs_app = True
    certainty = Certainty.LISTING
    scopes = frozenset({"boards:read", "pins:read", "pins:write"})
    can = Capabilities(
        images=ImageRules(frozenset({JPEG, PNG}), 20 * MEGABYTE),
        max_images=5,
        videos=VideoRules(frozenset({MP4, QUICKTIME}), 2048 * MEGABYTE, min_seconds=4, max_seconds=900),
        max_videos=1,
        needs_media=True,
        max_alt_text=500,
        link=LinkStyle.FIELD,
        max_title=100,
        counters=frozenset(_COUNTERS),
    )

    def authorization_url(self, consent: Consent) -> str:
        """Pinterest's consent page."""
        return consents.page(consent)

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """One grant for each board."""
        return await consents.exchange(http, consent, code=code)

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """New tokens. Every board of an account renews its own."""
        return await consents.refresh(http, credentials)

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """End the tokens, unless the account has other boards, which may live on them."""
        await consents.revoke(http, credentials)

    def prepares(self, part: Part) -> bool:
        """Whether there is a video: pictures go along with the pin."""
        return any(file.is_video for file in part.media)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload the video and wait until Pinterest has processed it."""
        return await files.prepare(http, credentials, part, prepared)

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published:
        """Create the pin, once."""
        body = _pin(part, board=credentials.account_id) | {"media_source": await files.source(part, armed.prepared)}
        answer = await api.call(http, credentials, "POST", "/pins", publishes=True, json=body, seconds=_PUBLISH_SECONDS)
        number = api.readable(answer).get("id")
        if not isinstance(number, str) or not number.isdecimal():
            raise answer.unusable(api.NETWORK)
        return _published(number, _moment(answer.at("created_at")) or clock.now())

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Read the list of pins and compare. Absent only where it was read to its end, or back to before the call."""
        has_arrived = clock.now() - armed.armed_at > _ARRIVAL_WINDOW
        titled = bool(part.title)  # whoever asks may not know it: then the rest is compared
        wanted = replace(part, text=_words(_pin(part, board=credentials.account_id), titled=titled))
        listed: list[matching.Candidate] = []
        query, is_complete = {"page_size": _PAGE}, False
        for _ in range(_PAGES):
            body = await api.ask(http, credentials, "/pins", query)
            shown = [_candidate(one, titled=titled) for one in consents.items(body)]
            known = [one for one in shown if one is not None]
            if len(known) != len(shown):
                return Undecided("Pinterest answered with something unreadable.")
            listed += known
            further = body.get("bookmark")
            is_complete = not further or _reaches_back(listed, armed)
            if is_complete:
                break
            query = {"page_size": _PAGE, "bookmark": str(further)}
        if found := matching.find(wanted, armed, listed):
            return found
        if is_complete and has_arrived:
            return Absent()
        return Undecided("It is not in the list of pins, which may be late.", final=has_arrived)

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """What analytics tell: of a pin's whole life where they do, otherwise of the last ninety days."""
        today = clock.now().astimezone(UTC).date()
        query = {
            "start_date": (today - timedelta(days=_MEASURED_DAYS)).isoformat(),
            "end_date": today.isoformat(),
            "metric_types": ",".join(_COUNTERS.values()),
        }
        path = f"/pins/{_number(platform_post_id)}/analytics"
        answer = await api.call(http, credentials, "GET", path, params=query)
        if answer.status == HTTPStatus.NOT_FOUND and api.is_own(answer):
            return Metrics()
        told = api.readable(answer).get("all")
        if not isinstance(told, dict):
            raise answer.unusable(api.NETWORK)
        values: dict[str, Any] = {}
        for name in ("summary_metrics", "lifetime_metrics"):
            values |= told[name] if isinstance(told.get(name), dict) else {}
        return Metrics(**{name: count(values.get(word)) for name, word in _COUNTERS.items()})

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The board."""
        answer = await api.call(http, credentials, "GET", f"/boards/{_number(credentials.account_id)}")
        found = consents.board(api.readable(answer))
        if found is None:
            raise answer.unusable(api.NETWORK)
        return found

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Delete the pin; gone already is fine."""
        answer = await api.call(http, credentials, "DELETE", f"/pins/{_number(platform_post_id)}")
        if not answer.is_success and not (answer.status == HTTPStatus.NOT_FOUND and api.is_own(answer)):
            api.refuse(answer)


def _pin(part: Part, *, board: str) -> dict[str, Any]:
    """The pin without what it shows."""
    link = next(iter(links.find(part.text)), None)
    address = part.text[link.start : link.end] if link else None
    alt_text = next((file.alt_text for file in part.media if file.alt_text), None)
    pin = {
        "board_id": board,
        "title": part.title,
        "description": part.text,
        "alt_text": alt_text,
        "link": address if link is None or link.has_scheme else f"https://{address}",
    }
    return {name: value for name, value in pin.items() if value}


def _words(pin: Any, *, titled: bool) -> str:
    """Board, title, text and link as one, to compare."""
    found = (pin.get(name) for name in ("board_id", *(["title"] if titled else []), "description", "link"))
    return "\n\n".join(value if isinstance(value, str) else "" for value in found)


def _candidate(shown: Any, *, titled: bool) -> matching.Candidate | None:
    match shown:
        case {"id": str(number), "created_at": str(stamp)} if moment := _moment(stamp):
            return matching.Candidate(_published(number, moment), _words(shown, titled=titled))
        case _:
            return None


def _reaches_back(listed: list[matching.Candidate], armed: Armed) -> bool:
    """Whether the newest come first, as far as one can see, and the list goes back to before the call."""
    moments = [one.post.published_at for one in listed]
    return bool(moments) and moments == sorted(moments, reverse=True) and moments[-1] < armed.armed_at - matching.BEFORE


def _published(number: str, moment: datetime) -> Published:
    return Published(number, f"{consents.SITE}/pin/{number}/", moment)


def _moment(stamp: Any) -> datetime | None:
    """A time of theirs: UTC, often without saying so."""
    try:
        moment = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(told: str) -> str:
    return told if told.isdecimal() else "0"
