"""How pages and bundles go over the wire: small, kept where they may be, and telling nothing by their length."""

from __future__ import annotations

import gzip
import re

import aiohttp
import seeds
from aiohttp.abc import AbstractCookieJar
from hypothesis import given
from hypothesis import strategies as st
from site_client import Browser
from web_server import Site

from aipromote.db.database import Database
from aipromote.http import forms
from aipromote.http.signing import sign
from aipromote.web.render import asset

MOST = 150 * 1024


async def sizes(site: Site, path: str, cookies: AbstractCookieJar) -> dict[str, int]:
    """By address: the bytes that a browser gets for the page, all that it names, and what its scripts import."""
    headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "none"}
    async with aiohttp.ClientSession(auto_decompress=False, headers=headers, cookie_jar=cookies) as http:
        async with http.get(site.address + path) as answer:
            assert (answer.status, answer.url.path) == (200, path)
            body = await answer.read()
            found = {path: len(body)}
            html = gzip.decompress(body).decode()
        waiting = sorted(set(re.findall(r'(?:href|src)="(/static/[^"#]+)', html)))
        while waiting:
            address = waiting.pop()
            async with http.get(site.address + address) as answer:
                assert answer.status == 200
                assert answer.headers.get("content-encoding") == "gzip" or "mark.svg" in address
                assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
                body = await answer.read()
            found[address] = len(body)
            if ".js" in address:
                imported = re.findall(r'(?:from|import)"\./([^"]+\.js)"', gzip.decompress(body).decode())
                waiting += [one for name in imported if (one := f"/static/built/{name}") not in found]
    return found


async def test_a_first_page_with_all_that_it_needs_is_small(site: Site, browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    for path in ("/sign-in", "/this-week"):
        found = await sizes(site, path, browser.http.cookie_jar)
        assert len(found) > 3
        assert any("/shared-" in address for address in found)
        assert sum(found.values()) < MOST, found
        await browser.sign_in(made.email, seeds.PASSWORD)


async def test_bundles_come_as_the_browser_takes_them_and_are_the_same(site: Site) -> None:
    plain = set()
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        for accepted, coding in (("br, gzip", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None)):
            async with http.get(site.address + asset("app.css"), headers={"Accept-Encoding": accepted}) as answer:
                assert answer.headers.get("content-encoding") == coding
                assert answer.headers["content-type"].startswith("text/css")
                assert answer.headers["vary"] == "Accept-Encoding"
                body = await answer.read()
                if coding != "br":  # Python cannot read it; Chromium does in other tests
                    plain.add(gzip.decompress(body) if coding else body)
    assert len(plain) == 1


async def test_what_is_not_there_is_not_kept(site: Site) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/static/built/app-AAAAAAAA.css", "/static/built/../../settings.py", "/static/none.svg?v=1"):
            async with http.get(site.address + path) as answer:
                assert answer.status == 404
                assert answer.headers["cache-control"] == "no-store"


async def test_a_page_that_another_site_opens_is_not_compressed(site: Site) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as http:
        for came_from, coding in (("same-origin", "gzip"), ("none", "gzip"), ("cross-site", None), ("same-site", None)):
            headers = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": came_from}
            async with http.get(site.address + "/no-such-page", headers=headers) as answer:
                assert answer.headers.get("content-encoding") == coding
                assert answer.headers["cache-control"] == "no-store"


async def test_the_token_of_forms_looks_different_in_each_answer_and_fits(browser: Browser, database: Database) -> None:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    tokens = set()
    for _ in range(3):
        await browser.open("/facts")
        tokens.add(browser.token)
    assert len(tokens) == 3
    for token in tokens:
        sent = {"csrf": token, "theme": "dark", "back": "/facts"}
        assert (await browser.send("/theme", sent)).status == 200


@given(st.text(max_size=200))
def test_whatever_is_sent_as_a_token_is_refused_and_breaks_nothing(given_token: str) -> None:
    assert forms._unmasked(given_token) != sign("form", "ada")


def test_no_character_of_a_token_is_the_same_in_all_of_its_writings() -> None:
    written = [forms._masked("the token") for _ in range(200)]
    assert all(len(set(column)) > 1 for column in zip(*written, strict=True))
    assert {forms._unmasked(one) for one in written} == {"the token"}
