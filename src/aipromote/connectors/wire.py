"""One HTTP call as every connector makes it: sent at most once, with a time-out, its failures told apart.

What tells them apart is one question: can the network have acted on it? What aiohttp 3.14 does, which this relies on:
`ClientConnectorError` and `ConnectionTimeoutError` come before a byte was sent; after a dropped connection GET, PUT and
DELETE are repeated once by themselves, POST never, so a publishing call is a POST.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp.client import DEFAULT_TIMEOUT
from yarl import URL

from aipromote.connectors.errors import UnknownOutcome, Unreachable
from aipromote.connectors.reach import Reach, guarded, is_private

CALL_TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=5.0)
MAX_BYTES = 4_000_000
"""The longest answer that is read, unpacked. No network has that much to say about one post."""
ANSWER_SECONDS = 60.0
"""How long a network may think about what was uploaded before it answers."""
_LONGEST_WORDS = 300
_CODE = re.compile(r"[\w.:/#-]{1,100}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `body` is the JSON value, or None where there was none that could be read."""

    status: int
    headers: Mapping[str, str]
    body: Any
    publishes: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 -- HTTP's own numbers

    def at(self, *path: str | int) -> Any:
        """What stands in the body under these names and numbers, or None."""
        value = self.body
        for step in path:
            if isinstance(step, str):
                value = value.get(step) if isinstance(value, dict) else None
            else:
                value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
        return value

    def fact(self, *path: str | int) -> str:
        """A string of the body, or nothing."""
        value = self.at(*path)
        return value if isinstance(value, str) else ""

    def code(self, *path: str | int) -> str:
        """The network's own word for what happened: `error`, or what the path says; numbers are words, too.

        The status where that is no word or repeats a secret.
        """
        value = self.at(*(path or ("error",)))
        told = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        return told if _CODE.fullmatch(told) and told == self._without_secrets(told) else str(self.status)

    def words(self, *path: str | int, otherwise: str) -> str:
        """What the network says to people: `message`, or what the path says.

        In one line of bounded length, and without the secrets that we sent.
        """
        told = self._without_secrets(self.fact(*(path or ("message",))))
        return " ".join(told.split())[:_LONGEST_WORDS] or otherwise

    def unusable(self, network: str) -> UnknownOutcome | Unreachable:
        """The error for an answer that is not in the network's own words: it says nothing about what was done."""
        reason = f"{network} answered {self.status} with something unreadable."
        return (UnknownOutcome if self.publishes else Unreachable)(reason, code=str(self.status))

    def _without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text


def open_session(*, timeout_seconds: float = 10.0, reach: Callable[[], Reach] | None = None) -> aiohttp.ClientSession:
    """A session for calling networks: explicit time-outs, no cookies (accounts must not mix), no proxy from outside.

    With `reach` only machines that it allows are connected to.
    """
    timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=min(5.0, timeout_seconds))
    connector = guarded(reach) if reach is not None else None
    return aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar())


async def call(
    http: aiohttp.ClientSession,
    method: str,
    url: str | URL,
    *,
    publishes: bool = False,
    secrets: Iterable[str | None] = (),
    headers: Mapping[str, str] | None = None,
    seconds: float | None = None,
    meaningful: Collection[int] = (),
    **content: Any,
) -> Answer:
    """Make the call once. Where it `publishes`, a missing or unusable answer is UnknownOutcome, otherwise Unreachable.

    A `URL` that says it is encoded goes out as it is; a string is put into the usual form, in which `%3A` is `:` again.
    `secrets` are what `content` holds of them, so that no error repeats them; the bearer token is known. `content` is
    aiohttp's `json`, `data` or `params`. The session's time-out holds unless it is aiohttp's five minutes, or the call
    may take more `seconds`: an upload. `meaningful` are statuses with which this network says something that others do
    not (308: go on).
    """
    lost: type[UnknownOutcome | Unreachable] = UnknownOutcome if publishes else Unreachable
    timeout = CALL_TIMEOUT if http.timeout == DEFAULT_TIMEOUT else http.timeout
    if seconds is not None:
        timeout = aiohttp.ClientTimeout(
            total=seconds, connect=timeout.connect, sock_read=max(ANSWER_SECONDS, timeout.total or 0)
        )
    bearer = (headers or {}).get("Authorization", "").rpartition(" ")[2]
    hidden = tuple(secret for secret in (bearer, *secrets) if secret)
    if "json" in content:  # as aiohttp would write it, without the layers that are there for files and streams
        content["data"] = json.dumps(content.pop("json")).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
    try:
        async with http.request(
            method, url, headers=headers, allow_redirects=False, timeout=timeout, **content
        ) as response:
            body = _parsed(await _read(response))
            answer = Answer(response.status, response.headers, body, publishes, hidden)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        if private := is_private(error):
            raise Unreachable(f"The server is not on the public web: {private}.", code="private_address") from error
        raise Unreachable(f"The network could not be reached ({type(error).__name__}).") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise lost(f"The network gave no complete answer ({type(error).__name__}).") from error
    if answer.status in meaningful:
        return answer
    if _says_nothing(answer):
        raise lost(f"The network answered {answer.status}.", code=str(answer.status))
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unreachable("The network is away and did nothing.", code="not_processed")
    return answer


def _says_nothing(answer: Answer) -> bool:
    """Whether the call may or may not have been acted on: server errors, a time-out over there, a way to elsewhere."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer.fact("error") != "not_processed"
    return answer.status == HTTPStatus.REQUEST_TIMEOUT or not (
        answer.is_success or answer.status >= HTTPStatus.BAD_REQUEST
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, up to a bound: neither an endless answer nor a packed one may fill the memory."""
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > MAX_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too long")
        pieces.append(piece)
    return b"".join(pieces)


def elsewhere(server: str, *, usual: str, there: str) -> str:
    """The base URL of a network's other host: `there` for the usual server; a stand-in has everything on one host."""
    return there if server == usual else server


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
