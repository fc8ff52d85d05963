"""In which language pages answer, and how a person changes it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from site_client import Browser

from aipromote import languages
from aipromote.http.speaking import accepted
from aipromote.web import words
from aipromote.web.render import environment


async def test_a_browser_that_asks_for_german_gets_german(browser: Browser) -> None:
    page = await browser.open("/no-such-page", headers={"Accept-Language": "fr, de-AT;q=0.9, en;q=0.4"})
    assert '<html lang="de"' in page.text
    assert page.headers["content-language"] == "de"
    assert "Accept-Language" in page.headers["vary"]
    assert "Sprache" in page.text


async def test_a_browser_that_says_nothing_gets_english(browser: Browser) -> None:
    page = await browser.open("/no-such-page")
    assert '<html lang="en"' in page.text
    assert page.headers["content-language"] == "en"


async def test_the_language_that_was_chosen_here_outweighs_the_one_that_the_browser_asks_for(browser: Browser) -> None:
    await browser.open("/no-such-page")
    await browser.send("/language", {"language": "de", "back": "/no-such-page"})
    page = await browser.open("/no-such-page", headers={"Accept-Language": "en"})
    assert '<html lang="de"' in page.text


async def test_choosing_a_language_leads_back_to_the_same_page_and_nowhere_else(browser: Browser) -> None:
    await browser.open("/no-such-page")
    referer = {"Referer": f"{browser.address}/no-such-page?token=once"}
    back = await browser.send("/language", {"language": "de", "back": "/no-such-page"}, follow=False, headers=referer)
    assert back.headers["location"] == "/no-such-page?token=once"
    away = await browser.send("/language", {"language": "de", "back": "//evil.example"}, follow=False)
    assert away.headers["location"] == "/"


async def test_a_language_that_the_interface_lacks_is_refused(browser: Browser) -> None:
    await browser.open("/no-such-page")
    assert (await browser.send("/language", {"language": "tlh", "back": "/"})).status == 422


@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=600))
def test_any_accept_language_header_is_read(header: str) -> None:
    for tag in accepted(header):
        assert tag.strip() == tag != ""


def test_what_is_refused_is_not_accepted() -> None:
    assert accepted("de;q=0, en-GB;q=0.5, fr, *;q=nonsense") == ["fr", "en-GB"]


def test_values_that_go_into_a_text_are_escaped() -> None:
    template = environment().from_string(
        '{{ _("Language %(name)s", name=name) }}'
        "{{ ngettext('%(num)s <b>post</b> of %(name)s', '%(num)s <b>posts</b> of %(name)s', 1200, name=name) }}"
    )
    shown = template.render(name="<script>")
    assert "<script>" not in shown
    assert "1,200 <b>posts</b> of &lt;script&gt;" in shown


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Tue 14 Oct, 10:30 (Lisbon)", "29 Sep – 5 Oct 2025", "12,400", "4.2 %", "2 days ago"]),
        ("de", ["Di., 14. Okt., 10:30 (Lissabon)", "29. Sept. – 5. Okt. 2025", "12.400", "4,2 %", "vor 2 Tagen"]),
    ],
)
def test_times_and_numbers_are_written_as_in_the_language(language: str, expected: list[str]) -> None:
    instant = datetime(2025, 10, 14, 9, 30, tzinfo=UTC)
    with languages.speaking(language):
        assert [
            words.at(instant, "Europe/Lisbon"),
            words.week(date(2025, 9, 29)),
            words.number(12_400),
            words.percent(0.042),
            words.ago(instant, datetime(2025, 10, 16, 10, tzinfo=UTC)),
        ] == expected
    assert languages.current() == "en"
