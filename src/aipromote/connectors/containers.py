"""Containers: how Instagram and Threads publish. What is posted is built first, and then published, at most once.

A container is made from addresses that the network fetches, gets ready in its own time and lives for 24 hours. Its
status tells whether it was published: that makes a lost answer certain.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import aiohttp

from aipromote import clock
from aipromote.connectors import matching, meta
from aipromote.connectors.contract import (
    Absent,
    Armed,
    Credentials,
    LookUp,
    Part,
    Prepared,
    Published,
    Undecided,
)
from aipromote.connectors.errors import (
    ConnectorError,
    MediaRejected,
    PermissionMissing,
    Rejected,
    Stale,
    UnknownOutcome,
)
from aipromote.connectors.matching import Candidate

_ARRIVAL_WINDOW = timedelta(minutes=2)
"""After this long a call that was cut off can no longer be on its way."""
_NUMBER = re.compile(r"\b22070\d\d\b")
_FETCHING = ("DOWNLOAD", "FETCH")


class Status(StrEnum):
    """Where a container stands."""

    WORKING = "IN_PROGRESS"
    READY = "FINISHED"
    PUBLISHED = "PUBLISHED"
    FAILED = "ERROR"
    EXPIRED = "EXPIRED"
    GONE = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a container is made of: its fields, and those of each item where it is a carousel."""

    whole: Mapping[str, str]
    items: tuple[Mapping[str, str], ...] = ()
    wait: timedelta = timedelta(seconds=10)  # between two questions whether it is ready
    absent: type[ConnectorError] = PermissionMissing  # what it means where an object is not accessible
    refusal: type[Rejected] = MediaRejected  # what it means where it cannot be built


@dataclass(frozen=True, slots=True)
class _Made:
    """The handle: names of the containers so far."""

    items: tuple[str, ...] = ()
    whole: str | None = None

    @classmethod
    def read(cls, handle: str | None) -> _Made:
        """An empty one where the handle is none of ours."""
        with suppress(ValueError, TypeError, KeyError):
            told = json.loads(handle or "")
            return cls(tuple(map(str, told["items"])), told["whole"] and str(told["whole"]))
        return cls()

    def __str__(self) -> str:
        return json.dumps({"items": self.items, "whole": self.whole}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Containers:
    """One network's containers: its edges and the names of its fields."""

    api: meta.Api
    edge: str
    publishing_edge: str
    status_field: str
    reason_field: str
    words_field: str  # of a post in a list
    lists: tuple[str, ...]  # of posts, and of answers to others where they have their own

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, plan: Plan, prepared: str | None
    ) -> Prepared:
        """Go on with what was made before, as far as the network is ready for it."""
        made = _Made.read(prepared)
        is_new = made.whole is None
        if is_new:
            made = await self._assemble(http, credentials, plan, made.items)
        if made.whole is None:
            return Prepared(str(made), plan.wait)
        status = await self._standing(http, credentials, made.whole, plan)
        if status in {Status.READY, Status.PUBLISHED}:
            return Prepared(str(made))
        if status is not Status.WORKING and not is_new:
            return await self.prepare(http, credentials, plan, None)
        return Prepared(str(made), plan.wait)

    async def _assemble(
        self, http: aiohttp.ClientSession, credentials: Credentials, plan: Plan, items: tuple[str, ...]
    ) -> _Made:
        """The container, or only those of its items where they are not ready yet."""
        is_new = len(items) != len(plan.items)
        if is_new:
            items = tuple([await self._create(http, credentials, fields, plan) for fields in plan.items])
        standing = {await self._standing(http, credentials, item, plan) for item in items}
        if Status.WORKING in standing or (is_new and Status.GONE in standing):
            return _Made(items)
        if not standing <= {Status.READY, Status.PUBLISHED}:
            raise Stale(f"A file is gone from {self.api.network} before it was used.")
        children = {"children": ",".join(items)} if items else {}
        return _Made(items, await self._create(http, credentials, {**plan.whole, **children}, plan))

    async def publish(self, http: aiohttp.ClientSession, credentials: Credentials, prepared: str | None) -> str:
        """Publish the container, once. Returns the name of the post."""
        whole = _Made.read(prepared).whole
        if whole is None:
            raise Stale(f"Nothing was built for {self.api.network} yet.")
        path = f"{credentials.account_id}/{self.publishing_edge}"
        answer = await self.api.post(http, credentials, path, {"creation_id": whole}, publishes=True)
        try:
            return self.api.named(answer)
        except Stale as gone:
            # A container that was published once is refused, too. It must not be built again before that is known.
            try:
                status, _ = await self._status(http, credentials, whole)
            except ConnectorError as lost:
                raise UnknownOutcome(lost.reason, code=lost.code) from lost
            if status in {Status.PUBLISHED, Status.WORKING}:
                words = f"{self.api.network} seems to have published this already."
                raise UnknownOutcome(words, code=gone.code) from gone
            raise

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """What the container says, and then which post it became."""
        whole = _Made.read(armed.prepared).whole
        status, reason = Status.GONE, ""
        if whole is not None:
            status, reason = await self._status(http, credentials, whole)
        age = clock.now() - armed.armed_at
        match status:
            case Status.PUBLISHED | Status.GONE:
                return await self._find(http, credentials, part, armed, is_out=status is Status.PUBLISHED)
            case Status.FAILED:
                raise self._failure(reason, MediaRejected if part.media else Rejected)
            case Status.WORKING:
                return Undecided(f"{self.api.network} is still working on it.")
            case Status.READY | Status.EXPIRED:
                return Absent() if age > _ARRIVAL_WINDOW else Undecided("The call may still be on its way.")

    async def _find(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed, *, is_out: bool
    ) -> LookUp:
        near = [one async for one in self._posts(http, credentials, part)]
        found = matching.find(part, armed, near)
        if not part.text.strip() and is_out:
            found = _only(armed, near)
        if isinstance(found, Published):
            return found
        is_last = clock.now() - armed.armed_at > matching.AFTER
        where = f"{self.api.network} has published it" if is_out else f"{self.api.network} no longer has what was built"
        return Undecided(f"{where}, but the post is not in its list.", final=is_last) if found is None else found

    async def _posts(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part
    ) -> AsyncIterator[Candidate]:
        """The newest posts of the account."""
        edge = self.lists[0] if part.reply_to is None else self.lists[-1]
        fields = f"id,{self.words_field},permalink,timestamp"
        answer = await self.api.get(http, credentials, f"{credentials.account_id}/{edge}", fields=fields, limit="25")
        for row in self.api.rows(answer):
            name, at, link = (
                meta.word(row.get("id")),
                meta.moment(row.get("timestamp")),
                meta.word(row.get("permalink")),
            )
            if name and at and link:
                yield Candidate(Published(name, link, at), meta.word(row.get(self.words_field)), part.reply_to)

    async def shown(self, http: aiohttp.ClientSession, credentials: Credentials, name: str, *, home: str) -> Published:
        """Where a post can be seen and since when. It is out: where that is not told it is `home` and now."""
        with suppress(ConnectorError):
            answer = await self.api.get(http, credentials, name, fields="permalink,timestamp")
            body = self.api.readable(answer)
            link, at = meta.word(body.get("permalink")), meta.moment(body.get("timestamp"))
            return Published(name, link or home, at or clock.now())
        return Published(name, home, clock.now())

    async def _create(
        self, http: aiohttp.ClientSession, credentials: Credentials, fields: Mapping[str, str], plan: Plan
    ) -> str:
        answer = await self.api.post(http, credentials, f"{credentials.account_id}/{self.edge}", fields)
        return self.api.named(answer, absent=plan.absent)

    async def _standing(self, http: aiohttp.ClientSession, credentials: Credentials, name: str, plan: Plan) -> Status:
        status, reason = await self._status(http, credentials, name)
        if status is Status.FAILED:
            raise self._failure(reason, plan.refusal)
        return status

    async def _status(self, http: aiohttp.ClientSession, credentials: Credentials, name: str) -> tuple[Status, str]:
        """The status, and what the network says about it."""
        answer = await self.api.get(http, credentials, name, fields=f"{self.status_field},{self.reason_field}")
        if meta.is_not_there(answer):
            return Status.GONE, ""
        told = self.api.readable(answer).get(self.status_field)
        if told not in set(Status) - {Status.GONE}:
            raise answer.unusable(self.api.network)
        return Status(told), answer.words(self.reason_field, otherwise="It says no reason.")

    def _failure(self, reason: str, refusal: type[Rejected]) -> ConnectorError:
        """What a container that could not be built means: the file, or only the way to it."""
        words, found = f"{self.api.network} could not use this ({reason.rstrip('.')}).", _NUMBER.search(reason)
        if any(one in reason.upper() for one in _FETCHING) or (found and int(found[0]) in meta.TRANSIENT_FILES):
            return Stale(words, code=found[0] if found else "")
        return refusal(words, code=found[0] if found else "")


def addresses(part: Part, network: str) -> list[str]:
    """Where the network can fetch each file. Raises MediaRejected where this installation has no public address."""
    urls = [file.url for file in part.media if file.url]
    if len(urls) < len(part.media):
        words = f"{network} fetches pictures and films by itself, so this installation needs a public address"
        raise MediaRejected(f"{words} (AIPROMOTE_PUBLIC_URL, https). Nothing was sent.", code="no_public_address")
    return urls


def _only(armed: Armed, near: list[Candidate]) -> Published | Undecided | None:
    """A post without words, which is known to be out: the only one without words of these minutes."""
    silent = [
        one.post
        for one in near
        if not one.text.strip()
        and armed.armed_at - matching.BEFORE <= one.post.published_at <= armed.armed_at + matching.AFTER
    ]
    if len(silent) > 1:
        return Undecided("Several posts without words are there; nobody can tell which is this one.", final=True)
    return silent[0] if silent else None
