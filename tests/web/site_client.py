"""What a person with a browser does: opens pages, fills in forms that stand there, follows where they lead."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import aiohttp

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True)
class Seen:
    """A page as it came back."""

    status: int
    text: str
    headers: Any
    url: str

    @property
    def words(self) -> str:
        """The page without its markup."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


class Browser:
    """Keeps cookies. `send` takes the form token from the page it is on, as the form itself would."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self.http = http
        self.address = address
        self.page: Seen | None = None
        self.token = ""
        """The form token of the page that was opened last and has one."""

    async def open(self, path: str, *, follow: bool = True, headers: dict[str, str] | None = None) -> Seen:
        """Go to a page."""
        async with self.http.get(self.address + path, allow_redirects=follow, headers=headers) as answer:
            return self._see(Seen(answer.status, await answer.text(errors="replace"), answer.headers, str(answer.url)))

    async def send(
        self, path: str, data: Any = None, *, follow: bool = True, headers: dict[str, str] | None = None
    ) -> Seen:
        """Send a form of the page that is open."""
        fields = data if isinstance(data, list) else {"csrf": self.token, **(data or {})}
        async with self.http.post(self.address + path, data=fields, allow_redirects=follow, headers=headers) as answer:
            return self._see(Seen(answer.status, await answer.text(errors="replace"), answer.headers, str(answer.url)))

    async def sign_in(self, email: str, password: str) -> Seen:
        """Through the form."""
        await self.open("/sign-in")
        return await self.send("/sign-in", {"email": email, "password": password})

    def _see(self, page: Seen) -> Seen:
        self.page = page
        if found := _TOKEN.search(page.text):
            self.token = html.unescape(found.group(1))
        return page
