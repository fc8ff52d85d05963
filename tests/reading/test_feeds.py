"""Feeds of each kind, as a server sends them, and articles; whole, broken, huge and hostile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aipromote.reading.addresses import Rules
from aipromote.reading.errors import RefusedAddress, Unreadable
from aipromote.reading.feeds.looking import Look, Marks, look, read_file
from aipromote.reading.feeds.parsing import read_source
from aipromote.reading.feeds.shapes import MAX_ITEMS, FeedReading
from factories.blogs import FEEDS, Blog, Page, blogging, page_of

_TRYING = Rules(loopback_is_open=True)


def _feed(item: str) -> str:
    return f'<rss version="2.0"><channel><item><guid>1</guid>{item}</item></channel></rss>'


@pytest.fixture
async def blog() -> AsyncIterator[Blog]:
    pages = {
        "/feed.xml": page_of("rss.xml", etag='"one"'),
        "/atom": page_of("atom.xml"),
        "/feed.json": page_of("feed.json"),
        "/": page_of("home.html"),
        "/blog/quieter": page_of("article.html"),
    }
    async with blogging(pages) as found:
        yield found


async def _look(address: str, *, marks: Marks | None = None, prefers_feed: bool = False) -> Look:
    return await look(address, marks=marks, prefers_feed=prefers_feed, rules=_TRYING)


async def _read(address: str) -> FeedReading:
    found = (await _look(address)).reading
    assert found is not None
    return found


async def test_rss_gives_its_items_newest_first_as_people_would_read_them(blog: Blog) -> None:
    found = await _read(f"{blog.address}/feed.xml")
    assert (found.form, found.title, found.is_damaged) == ("rss", "Ledgerlark & friends", False)
    first, second = found.items
    assert first.id == "https://ledgerlark.example/?p=412"
    assert first.title == "Why we stopped asking for receipts by e-mail"
    assert first.published is not None
    assert first.published.isoformat() == "2026-11-20T07:00:00+00:00"
    assert first.body[1].startswith("A bookkeeper opens the mail")
    assert "Photo" not in first.body
    assert second.link == f"{blog.address}/blog/quieter"
    assert second.summary == [
        "Month end used to take our bookkeepers three evenings. We wrote down where the time went."
    ]


async def test_atom_and_json_feeds_are_read_likewise(blog: Blog) -> None:
    atom = await _read(f"{blog.address}/atom")
    assert (atom.form, atom.title) == ("atom", "Brotzeit Blog")
    assert [item.id for item in atom.items] == ["tag:brotzeit.example,2026:2", "tag:brotzeit.example,2026:1"]
    assert atom.items[0].link == "https://brotzeit.example/mittwoch"
    assert atom.items[0].body[1] == "Der Bäcker weiß dann, wer am Wochenende kommt."
    found = await _read(f"{blog.address}/feed.json")
    assert (found.form, [item.id for item in found.items]) == ("json", ["8", "7"])
    assert found.items[0].body == ["No title here, only a note about ropes.", "Ropes shrink when wet."]


async def test_scripts_and_hidden_text_are_not_read_and_the_rest_is_only_text(blog: Blog) -> None:
    for path in ("/feed.xml", "/blog/quieter"):
        said = (await _read(f"{blog.address}{path}")).model_dump_json().lower()
        assert "ignore" not in said
        assert "alert(1)" not in said
        assert "<p" not in said


async def test_an_article_is_its_own_words_without_menus_and_teasers(blog: Blog) -> None:
    found = await _read(f"{blog.address}/blog/quieter")
    assert (found.form, found.title, len(found.items)) == ("article", "Ledgerlark", 1)
    item = found.items[0]
    assert (item.title, item.link) == ("A quieter month end", f"{blog.address}/blog/quieter")
    assert item.summary == ["Where three evenings of bookkeeping went, and how we got two of them back."]
    assert len(item.body) == 3
    assert item.body[0].startswith("Month end used to take")
    assert found.feeds == [f"{blog.address}/feed.xml"]


async def test_a_front_page_leads_to_the_feed_that_it_declares(blog: Blog) -> None:
    assert (await _read(f"{blog.address}/")).form == "rss"
    followed = (await _look(f"{blog.address}/blog/quieter", prefers_feed=True)).reading
    assert followed is not None
    assert followed.address == f"{blog.address}/feed.xml"


async def test_what_has_not_changed_is_not_read_again(blog: Blog) -> None:
    first = await _look(f"{blog.address}/feed.xml")
    assert first.marks.etag == '"one"'
    again = await _look(f"{blog.address}/feed.xml", marks=first.marks)
    assert again.reading is None
    assert again.marks == first.marks
    blog.pages["/feed.xml"] = page_of("atom.xml", etag='"two"')
    changed = await _look(f"{blog.address}/feed.xml", marks=again.marks)
    assert changed.reading is not None
    assert changed.marks.etag == '"two"'


async def test_a_redirect_is_followed_to_the_public_web_alone(blog: Blog) -> None:
    blog.pages["/old"] = Page(to="/feed.xml")
    assert (await _read(f"{blog.address}/old")).address == f"{blog.address}/feed.xml"
    blog.pages["/trap"] = Page(to="http://169.254.169.254/latest/meta-data/")
    with pytest.raises(RefusedAddress):
        await _look(f"{blog.address}/trap")
    blog.pages["/home"] = Page(
        b'<html><head><link rel="alternate" type="application/rss+xml" href="http://10.0.0.1/feed"></head><body></body></html>',
        "text/html",
    )
    with pytest.raises(RefusedAddress):
        await _look(f"{blog.address}/home")


@pytest.mark.parametrize(
    ("declared", "type_"), [("iso-8859-1", "text/xml"), ("utf-16", "application/xml"), ("windows-1252", "text/xml")]
)
async def test_a_feed_is_read_in_the_alphabet_that_it_names(blog: Blog, declared: str, type_: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>{_feed("<title>Grüße aus Köln</title>")}'
    blog.pages["/f"] = Page(text.encode(declared), type_)
    assert (await _read(f"{blog.address}/f")).items[0].title == "Grüße aus Köln"


async def test_broken_xml_gives_what_can_be_read_of_it(blog: Blog) -> None:
    whole = (FEEDS / "rss.xml").read_bytes()
    blog.pages["/cut"] = Page(whole[: whole.index(b"A quieter") + 200])
    found = await _read(f"{blog.address}/cut")
    assert found.is_damaged
    assert found.items[0].title.startswith("Why we stopped")
    blog.pages["/amp"] = Page(whole.replace(b"&amp;", b"&", 1).replace(b"asking", b"asking & <b", 1))
    assert len((await _read(f"{blog.address}/amp")).items) == 2


@pytest.mark.parametrize("body", [b"", b"hello", b"{}", b'{"items": 3}', b"\0\1\2", b"[1]", b"<rss", b'{"version": 1}'])
async def test_what_is_no_feed_is_said_to_be_none(blog: Blog, body: bytes) -> None:
    blog.pages["/no"] = Page(body)
    with pytest.raises(Unreadable):
        await _look(f"{blog.address}/no")


async def test_a_huge_feed_is_cut_or_refused_and_entities_do_not_grow(blog: Blog) -> None:
    item = "<item><title>N{n}</title><guid>{n}</guid><description>" + "word " * 100 + "</description></item>"
    many = "".join(item.replace("{n}", str(n)) for n in range(1000))
    blog.pages["/many"] = Page(f'<rss version="2.0"><channel>{many}</channel></rss>'.encode())
    assert len((await _read(f"{blog.address}/many")).items) == MAX_ITEMS
    blog.pages["/big"] = Page(b"<rss>" + b"x" * 3_000_000)
    with pytest.raises(Unreadable, match="larger than"):
        await _look(f"{blog.address}/big")
    long = "<p>" + "word " * 200_000 + "</p>"
    blog.pages["/long"] = Page(_feed(f"<description><![CDATA[{long}]]></description>").encode())
    assert len((await _read(f"{blog.address}/long")).model_dump_json()) < 10_000
    grow = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "lol"><!ENTITY f SYSTEM "file:///etc/passwd">{grow}]>'
    blog.pages["/bomb"] = Page(f"{bomb}{_feed('<title>T &f; &e11;</title>')}".encode())
    try:
        said = (await _read(f"{blog.address}/bomb")).model_dump_json()
    except Unreadable:
        said = ""
    assert "root:" not in said
    assert len(said) < 10_000


async def test_a_file_is_read_like_an_address() -> None:
    found = await read_file((FEEDS / "feed.json").read_bytes(), name="../feed.json")
    assert (found.address, len(found.items)) == ("feed.json", 2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    title=st.text(max_size=80),
    body=st.text(max_size=200),
    link=st.text(max_size=40),
    known_by=st.one_of(st.none(), st.integers(), st.text(max_size=20)),
)
def test_whatever_an_item_holds_it_becomes_plain_lines_or_nothing(
    title: str, body: str, link: str, known_by: str | int | None
) -> None:
    entry = {"id": known_by, "title": title, "content_html": body, "url": link}
    content = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [entry]}).encode()
    found = read_source(content, media_type="", charset="", source="https://a.example/feed.json")
    for item in found.items:
        for line in (item.title, *item.body):
            assert "\n" not in line
            assert "\u202e" not in line
        assert item.link == "" or item.link.startswith(("http://", "https://"))
