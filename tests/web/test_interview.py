"""From a website to a running start, in a browser without scripts: read, choose, answer, finish."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import seeds
from site_client import Browser, Seen
from yarl import URL

from ai import model_server
from aipromote import settings
from aipromote.db.database import Database

sys.path.insert(0, str(Path(__file__).parents[1] / "reading"))
from corpus import DATA
from web_of_lies import serving


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sites of this machine may be read."""
    monkeypatch.setenv("AIPROMOTE_READING_LOOPBACK_UNSAFE", "true")
    settings.get.cache_clear()
    yield
    monkeypatch.undo()
    settings.get.cache_clear()


async def _enter(browser: Browser, database: Database, email: str = "ada@example.org") -> None:
    await seeds.person(database, email=email)
    await browser.sign_in(email, seeds.PASSWORD)


def _draft(seen: Seen) -> str:
    return re.search(r"/start/([0-9a-f-]{36})/", seen.url).group(1)


def _version(seen: Seen) -> str:
    return re.search(r'name="version" value="(\d+)"', seen.text).group(1)


async def _upload(browser: Browser, files: dict[str, bytes], address: str = "") -> Seen:
    form = aiohttp.FormData({"csrf": browser.token, "address": address})
    for name, content in files.items():
        form.add_field("files", io.BytesIO(content), filename=name)
    async with browser.http.post(browser.address + "/start/read", data=form) as answer:
        return browser._see(Seen(answer.status, await answer.text(), answer.headers, str(answer.url)))


async def test_from_a_website_to_a_strategy(browser: Browser, database: Database, loopback: None) -> None:
    await _enter(browser, database)
    site = {"/" + path.stem: path.read_text() for path in (DATA / "sites" / "ledgerlark").glob("*.html")}
    site["/"] = site.pop("/index")
    async with serving(site) as web:
        seen = await browser.send("/start/read", {"address": web.address})
        assert seen.url.endswith("/found")
        assert "The books are done before the encore" in seen.words
        assert f'href="{web.address}/about"' in seen.text, "each value has its source"
    draft = _draft(seen)
    chosen = [("csrf", browser.token)]
    chosen += [("shown", value) for value in re.findall(r'name="shown" value="([0-9a-f]+)"', seen.text)]
    for tag in re.findall(r"<input type=\"(?:radio|checkbox)\"[^>]*checked>", seen.text):
        chosen.append(tuple(re.search(r'name="([^"]+)" value="([^"]+)"', tag).groups()))
    seen = await browser.send(f"/start/{draft}/found", chosen)
    assert seen.url.endswith("/basics")
    assert 'name="name" value="Ledgerlark"' in seen.text
    seen = await browser.open(f"/start/{draft}/review")
    last = {"version": _version(seen), "constraints.claims_to_avoid": "never a mistake", "then": "finish"}
    seen = await browser.send(f"/start/{draft}/review", last)
    assert "/progress/" in seen.url
    assert (await browser.open(f"/start/{draft}/basics")).status == 404, "a finished draft is gone"


async def test_documents_are_read_and_what_cannot_be_is_told_by_name(browser: Browser, database: Database) -> None:
    await _enter(browser, database)
    pitch = (DATA / "documents" / "pitch.md").read_bytes()
    seen = await _upload(browser, {"pitch.md": pitch, "broken.pdf": b"%PDF-1.7 nothing"})
    assert seen.url.endswith("/found")
    assert "Not everything could be read." in seen.words
    assert "broken.pdf is damaged" in seen.words
    assert "pitch.md" in seen.words
    assert "Mixed screws cost an apprentice half a day a week" in seen.words
    assert "HACKED" not in seen.text


async def test_a_model_reads_along_where_one_is_set_up_and_its_guesses_are_not_ticked(
    browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _enter(browser, database)
    assert "language model" not in (await browser.open("/start")).words
    async with model_server.serving() as server:
        for name, value in server.settings("openai:gpt-5", ai_retries=0).items():
            monkeypatch.setenv(f"AIPROMOTE_{name.upper()}", str(value))
        settings.get.cache_clear()
        try:
            seen = await browser.open("/start")
            assert "A language model (openai:gpt-5) reads along: the text is sent to it." in seen.words
            found = [{"path": "icp.industries", "value": "nature reserves", "passage": 0}]
            server.will(model_server.Filled({"found": found}), model_server.Refusal())
            page = b"Moorhen counts water birds for nature reserves."
            seen = await _upload(browser, {"page.txt": page})
            value = seen.text.index("nature reserves</span>")
            assert "checked" not in seen.text[seen.text.rindex("<input", 0, value) : value]
            seen = await _upload(browser, {"more.txt": page})
            assert "What a language model would have found is missing" in seen.words
        finally:
            monkeypatch.undo()
            settings.get.cache_clear()


async def test_a_large_document_is_taken_and_one_beyond_the_limit_is_refused(
    browser: Browser, database: Database
) -> None:
    await _enter(browser, database)
    seen = await _upload(browser, {"notes.txt": b"A long text that goes on.\n\n" * 200_000})
    assert seen.url.endswith("/found")
    seen = await _upload(browser, {"notes.txt": b"x" * (21 * 1024 * 1024)})
    assert "larger than 20 MB" in seen.words
    assert await _answer_to_announced(browser, "/start/read", "multipart/form-data; boundary=b", size=42 << 20) == 413
    form = "application/x-www-form-urlencoded"
    assert await _answer_to_announced(browser, "/start", form, size=500_000) == 413, "elsewhere the limit stays"


async def _answer_to_announced(browser: Browser, path: str, kind: str, *, size: int) -> int:
    """The answer to a body that is announced and never sent: who sends it may be hung up on before reading it."""
    address = URL(browser.address)
    cookies = browser.http.cookie_jar.filter_cookies(address)
    head = {
        "Host": address.authority,
        "Content-Type": kind,
        "Content-Length": str(size),
        "Cookie": "; ".join(f"{name}={one.value}" for name, one in cookies.items()),
    }
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode())
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:5432/", "http://169.254.169.254/latest", "file:///etc/passwd", "http://2130706433/"]
)
async def test_an_address_of_the_house_is_refused_in_words(browser: Browser, database: Database, address: str) -> None:
    await _enter(browser, database)
    seen = await browser.send("/start/read", {"address": address})
    assert seen.url.endswith("/start")
    assert "Nothing could be read." in seen.words
    assert "not opened" in seen.words or "Only addresses that start with" in seen.words


async def test_the_interview_can_be_left_and_gone_on_with(browser: Browser, database: Database) -> None:
    await _enter(browser, database)
    seen = await browser.send("/start/new")
    draft = _draft(seen)
    seen = await browser.send(
        f"/start/{draft}/basics", {"version": "0", "name": "Crumb", "stage": "seed", "then": "next"}
    )
    assert seen.url.endswith("/basics?checked=1"), "what is wrong is shown first"
    assert "What does it do, and for whom? : is missing; expected one sentence" in seen.words
    seen = await browser.open("/start")
    assert "Go on where you were" in seen.words
    assert "Crumb" in seen.words
    seen = await browser.open(f"/start/{draft}/basics")
    fields = {"version": _version(seen), "name": "Crumb", "description": "Crumb bakes rye bread.", "then": "next"}
    fields |= {"founders.0.name": "Ada", "founders.0.role": "Baker", "founders.0.is_primary": "true"}
    seen = await browser.send(f"/start/{draft}/basics", fields)
    assert seen.url.endswith("/audience")
    seen = await browser.send(
        f"/start/{draft}/audience", {"version": "0", "icp.pain_points": "Bread is stale\nNobody knows why"}
    )
    assert seen.url.endswith("/proof")
    proof = {"version": "0", "proof_points.0.statement": "300 customers", "proof_points.0.source": "the till"}
    await browser.send(f"/start/{draft}/proof", proof | {"proof_points.0.kind": "metric"})
    answers = [("csrf", browser.token), ("version", "0"), ("goals.platforms", "x"), ("goals.platforms", "bluesky")]
    answers += [("goals.frequency.per_platform", "x: 3"), ("goals.frequency.posts_per_week", "5")]
    seen = await browser.send(f"/start/{draft}/goals", answers)
    assert seen.url.endswith("/review")
    seen = await browser.open(f"/start/{draft}/basics")
    assert 'name="founders.0.name" value="Ada"' in seen.text
    assert 'name="founders.1.name" value=""' in seen.text, "there is room for another"
    seen = await browser.send(f"/start/{draft}/finish")
    assert "/progress/" in seen.url


async def test_wrong_answers_are_kept_as_typed_and_named(browser: Browser, database: Database) -> None:
    await _enter(browser, database)
    draft = _draft(await browser.send("/start/new"))
    wrong = {"version": "0", "goals.frequency.posts_per_week": "many", "goals.frequency.per_platform": "linkdin: 3"}
    seen = await browser.send(f"/start/{draft}/goals", wrong)
    assert 'value="many"' in seen.text
    assert "linkdin: 3" in seen.text
    assert "Posts a week, all together : found 'many'; expected a whole number" in seen.words
    seen = await browser.send(f"/start/{draft}/finish")
    assert "Something is missing" in seen.words


async def test_the_second_window_is_told_and_both_texts_are_there(browser: Browser, database: Database) -> None:
    await _enter(browser, database)
    draft = _draft(await browser.send("/start/new"))
    await browser.send(f"/start/{draft}/brand", {"version": "0", "brand.tone": "dry"})
    seen = await browser.send(f"/start/{draft}/brand", {"version": "0", "brand.tone": "warm"})
    assert seen.status == 409
    assert 'name="brand.tone" value="warm"' in seen.text
    assert "Saved in the other window" in seen.words
    assert re.search(r"Tone\s+dry", seen.words)
    seen = await browser.send(
        f"/start/{draft}/brand", {"version": _version(seen), "brand.tone": "warm", "then": "stay"}
    )
    assert 'name="brand.tone" value="warm"' in seen.text
    assert seen.status == 200


async def test_nobody_opens_the_draft_of_another(browser: Browser, second_browser: Browser, database: Database) -> None:
    await _enter(browser, database)
    draft = _draft(await browser.send("/start/new"))
    await browser.send(f"/start/{draft}/basics", {"version": "0", "name": "Secret", "then": "stay"})
    await _enter(second_browser, database, email="eve@example.org")
    for path in ("basics", "found", "review"):
        seen = await second_browser.open(f"/start/{draft}/{path}")
        assert seen.status == 404
        assert "Secret" not in seen.text
    await second_browser.open("/start")
    for path, data in (("basics", {"version": "1", "name": "Mine"}), ("drop", {}), ("finish", {}), ("found", {})):
        assert (await second_browser.send(f"/start/{draft}/{path}", data)).status == 404
    seen = await second_browser.send("/start/read", {"address": "", "draft": draft})
    assert "Secret" not in seen.text
    assert 'value="Secret"' in (await browser.open(f"/start/{draft}/basics")).text


async def test_text_from_elsewhere_is_never_markup(browser: Browser, database: Database) -> None:
    await _enter(browser, database)
    seen = await _upload(browser, {"<b>x.md": b'# Acme\n\nTagline: `<script>alert(1)</script>` & "nails"\n'})
    assert "<script>alert" not in seen.text
    assert "<b>x" not in seen.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen.text


@pytest.mark.parametrize("cookie", ["", "aipromote_visitor=somebody"])
async def test_files_of_somebody_who_is_not_signed_in_are_not_taken_in(browser: Browser, cookie: str) -> None:
    """The answer comes before the body is sent, so that nobody can fill the memory or the disk from outside."""
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(40):
            taken += 1
            yield b"x" * 1024 * 1024

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(40 * 1024 * 1024)}
    if cookie:
        headers["Cookie"] = cookie
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        with contextlib.suppress(aiohttp.ClientError):  # a server may hang up on a body that it does not want
            async with http.post(browser.address + "/start/read", data=body(), headers=headers) as answer:
                assert answer.status != 200
    assert taken < 40
