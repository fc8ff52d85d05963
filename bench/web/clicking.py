"""What one person does: opens pages, and writes, changes, discusses, approves and moves posts through their forms."""

from __future__ import annotations

import html
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
from company import PLATFORM, Member

from aipromote.simulation.scale.words import syllables

PAGES = ("/this-week", "/calendar?view=week", "/content", "/results?simulated=yes", "/calendar?view=month", "/audit")
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
_REVISION = re.compile(r'name="based_on" value="(\d+)"')
_POST = re.compile(r"/posts/([0-9a-f-]{36})/move")


@dataclass
class Told:
    """What people were told is done, and so must be found in the database afterwards."""

    texts: dict[str, str] = field(default_factory=dict)
    """By piece: the text that was saved last."""
    revisions: Counter[str] = field(default_factory=Counter)
    comments: set[tuple[str, str]] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    moved: dict[str, datetime] = field(default_factory=dict)
    """By post: its new time on the organization's clocks."""

    @property
    def writes(self) -> int:
        """How many in all."""
        return self.revisions.total() + len(self.comments) + len(self.approved) + len(self.moved)


@dataclass
class Tally:
    """What all of them saw."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    told: Told = field(default_factory=Told)


class Stop(Exception):
    """Time is up, or enough was asked."""


class Person:
    """One browser."""

    def __init__(
        self, member: Member, http: aiohttp.ClientSession, address: str, tally: Tally, *, most: int, until: float
    ) -> None:
        self.member = member
        self.chance = random.Random(member.number)
        self._http = http
        self._address = address
        self._tally = tally
        self._most = most
        self._until = until
        self._token = ""

    async def click(self) -> None:
        """Until enough was asked or time is up. A write that was begun is seen through to its answer."""
        try:
            number = 0
            while True:
                await self._once(number)
                number += 1
        except Stop:
            return

    async def _once(self, number: int) -> None:
        told = self._tally.told
        await self._open(self.chance.choice(PAGES))
        await self._open("/content/new")
        body = self._text()
        page = await self._send("/content/new", {"platform": PLATFORM.value, "body": body})
        if "/pieces/" not in page.url:
            self._failed("writing", page)
            return
        piece = page.url.rsplit("/", 1)[1].partition("#")[0]
        told.texts[piece], told.revisions[piece] = body, 1
        page = await self._change(piece, page)
        await self._comment(piece, page)
        shared = await self._open(f"/pieces/{self.member.shared}")
        await self._comment(str(self.member.shared), shared)
        await self._open(self.chance.choice(PAGES))
        await self._approve(piece, number)

    async def _change(self, piece: str, page: Page) -> Page:
        body = self._text()
        page = await self._send(f"/pieces/{piece}", {"body": body, "based_on": page.revision})
        if page.status == 200 and page.revision == "2":
            self._tally.told.texts[piece] = body
            self._tally.told.revisions[piece] += 1
        else:
            self._failed("saving", page)
        return page

    async def _comment(self, piece: str, page: Page) -> None:
        said = self._text()
        page = await self._send(f"/pieces/{piece}/comments", {"revision": page.revision or "1", "said": said})
        if page.status == 200 and said in page.text:
            self._tally.told.comments.add((piece, said))
        else:
            self._failed("commenting", page)

    async def _approve(self, piece: str, number: int) -> None:
        page = await self._open(f"/pieces/{piece}")
        page = await self._send(f"/pieces/{piece}/approve", {"revision": page.revision})
        found = _POST.search(page.text)
        if found is None:
            self._failed("approving", page)
            return
        self._tally.told.approved.add(piece)
        day = datetime.now().replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=3 + number)  # noqa: DTZ005 -- a wall clock
        local = day + timedelta(hours=4 * self.member.seat, minutes=self.chance.randrange(60))
        post = found.group(1)
        page = await self._send(f"/pieces/{piece}/posts/{post}/move", {"local": local.isoformat(timespec="minutes")})
        if page.status == 200 and "Moved." in page.text:
            self._tally.told.moved[post] = local
        else:
            self._failed("moving", page)

    def _text(self) -> str:
        words = [self.chance.choice(syllables()) + self.chance.choice(syllables()) for _ in range(14)]
        return " ".join(words).capitalize() + "."

    async def _open(self, path: str) -> Page:
        self._may_go_on()
        begun = time.perf_counter()
        async with self._http.get(self._address + path) as answer:
            return await self._seen(answer, begun)

    async def _send(self, path: str, fields: dict[str, str]) -> Page:
        """Answers with the page that the form leads to, which counts as a request of its own."""
        begun = time.perf_counter()
        given = {"csrf": self._token, **fields}
        async with self._http.post(self._address + path, data=given, allow_redirects=False) as answer:
            page = await self._seen(answer, begun)
            to = answer.headers.get("location")
        if to is None:
            return page
        begun = time.perf_counter()
        async with self._http.get(self._address + to) as answer:
            return await self._seen(answer, begun)

    async def _seen(self, answer: aiohttp.ClientResponse, begun: float) -> Page:
        text = await answer.text()
        self._tally.seconds.append(time.perf_counter() - begun)
        page = Page(answer.status, html.unescape(text), answer.url.path)
        if answer.status >= 500:
            self._failed("an answer", page)
        if found := _TOKEN.search(text):
            self._token = html.unescape(found.group(1))
        return page

    def _may_go_on(self) -> None:
        if len(self._tally.seconds) >= self._most or time.monotonic() > self._until:
            raise Stop

    def _failed(self, what: str, page: Page) -> None:
        words = " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())[:300]
        self._tally.failures.append(f"{what}: {page.status} {page.url} {words}")


@dataclass(frozen=True)
class Page:
    """As it came."""

    status: int
    text: str
    url: str

    @property
    def revision(self) -> str:
        """Of the text that the page's form is based on."""
        found = _REVISION.search(self.text)
        return found.group(1) if found else ""
