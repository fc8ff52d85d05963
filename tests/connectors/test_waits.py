"""When another call is allowed, from every form in which networks say so."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from aipromote import clock
from aipromote.connectors import waits
from aipromote.connectors.wire import Answer
from aipromote.documents.vocabulary import Platform

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
MINUTE = timedelta(seconds=60)
SLACK = timedelta(seconds=5)  # the dial goes on while a test runs
FORMS = (waits.seconds, waits.http_date, waits.epoch, waits.iso_date)


def answer(headers=None, body=None) -> Answer:
    return Answer(429, CIMultiDict(headers or {}), body)


def is_in(found, wait) -> bool:
    return found is not None and timedelta(0) <= found - (NOW + wait) < SLACK


@pytest.mark.parametrize(
    ("form", "text", "wait"),
    [
        (waits.seconds, "60", MINUTE),
        (waits.seconds, " 60 ", MINUTE),
        (waits.seconds, "+60", MINUTE),
        (waits.seconds, "60.25", timedelta(seconds=60.25)),
        (waits.seconds, ".5", timedelta(seconds=0.5)),
        (waits.seconds, "0", timedelta(0)),
        (waits.seconds, "-60", timedelta(0)),
        (waits.seconds, "99999999999999999999", waits.LONGEST),
        (waits.http_date, "Mon, 04 May 2026 09:31:00 GMT", MINUTE),
        (waits.http_date, "Mon, 04 May 2026 11:31:00 +0200", MINUTE),
        (waits.http_date, "Sun, 03 May 2026 09:31:00 GMT", timedelta(0)),
        (waits.epoch, str(int(NOW.timestamp()) + 60), MINUTE),
        (waits.epoch, f"{NOW.timestamp() + 60.5:.1f}", timedelta(seconds=60.5)),
        (waits.epoch, str(int(NOW.timestamp()) - 60), timedelta(0)),
        (waits.iso_date, "2026-05-04T09:31:00.000Z", MINUTE),
        (waits.iso_date, "2026-05-04T11:31:00+02:00", MINUTE),
        (waits.iso_date, "2026-05-04T09:31:00", MINUTE),
        (waits.iso_date, "2025-05-04T09:31:00Z", timedelta(0)),
    ],
)
def test_each_form_is_read_as_it_is_meant(dial, form, text, wait):
    found = form(text)
    assert found.tzinfo is not None
    assert is_in(found, wait)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        *((form, text) for form in FORMS for text in ("", " ", "later", "nan", "inf", "1e400", "1_000", "0x10", "--1")),
        (waits.seconds, "60s"),
        (waits.seconds, "٦٠"),
        (waits.seconds, "Mon, 04 May 2026 09:31:00 GMT"),
        (waits.http_date, "60"),
        (waits.http_date, "Mon, 04 May 3026 09:31:00 GMT"),
        (waits.http_date, "Fri, 31 Dec 9999 23:59:59 -2359"),
        (waits.http_date, "Mon, 99 May 2026 09:31:00 GMT"),
        (waits.epoch, "60"),  # seconds remaining are no moment
        (waits.epoch, str(int(NOW.timestamp() * 1000))),  # milliseconds
        (waits.epoch, "99999999999999999999999999"),
        (waits.iso_date, "2026-13-04T09:31:00Z"),
        (waits.iso_date, "9999-12-31T23:59:59-23:59"),
    ],
)
def test_what_cannot_be_meant_says_nothing(dial, form, text):
    assert form(text) is None


@pytest.mark.parametrize(
    ("platform", "headers", "body"),
    [
        (Platform.TWITTER, {"X-Rate-Limit-Reset": str(int(NOW.timestamp()) + 60), "Retry-After": "5"}, None),
        (Platform.BLUESKY, {"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, None),
        (Platform.MASTODON, {"x-ratelimit-reset": "2026-05-04T09:31:00.000000Z"}, None),
        (Platform.REDDIT, {"x-ratelimit-reset": "60"}, None),
        (Platform.TELEGRAM, {"Retry-After": "5"}, {"ok": False, "parameters": {"retry_after": 60}}),
        (Platform.DISCORD, {"Retry-After": "61"}, {"message": "slow down", "retry_after": 60.0, "global": False}),
    ],
)
def test_each_platform_says_it_in_its_own_place(dial, platform, headers, body):
    found = waits.retry_at(answer(headers, body), *waits.PLACES[platform])
    assert found is not None
    assert abs(found - (NOW + MINUTE)) < SLACK


@pytest.mark.parametrize("platform", waits.PLACES)
def test_each_platform_falls_back_on_the_plain_header_and_then_on_nothing(dial, platform):
    places = waits.PLACES[platform]
    assert is_in(waits.retry_at(answer({"Retry-After": "60"}, "down for repairs"), *places), MINUTE)
    assert (
        waits.retry_at(answer({"Retry-After": "soon", "RateLimit-Reset": "soon"}, {"parameters": []}), *places) is None
    )


def test_without_places_the_plain_header_is_read_in_both_its_forms(dial):
    assert is_in(waits.retry_at(answer({"retry-after": "1.5"})), timedelta(seconds=1.5))
    date = format_datetime(NOW + MINUTE, usegmt=True)
    assert waits.retry_at(answer({"Retry-After": date})) == NOW + MINUTE
    assert waits.retry_at(answer()) is None


@pytest.mark.parametrize("value", [None, True, [60], {"seconds": 60}, "soon", float("nan"), float("inf")])
def test_a_body_with_something_else_in_that_place_says_nothing(dial, value):
    assert waits.retry_at(answer(body={"retry_after": value}), *waits.PLACES[Platform.DISCORD]) is None


_HOSTILE = st.one_of(
    st.text(max_size=200),
    st.from_regex(r"[+-]?[0-9]{0,40}(\.[0-9]{0,20})?([eE][0-9]{1,5})?", fullmatch=True),
    st.datetimes().map(datetime.isoformat),
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.from_regex(
        r"(Mon|Xyz), [0-9]{1,2} (Jan|Feb|May) [0-9]{1,6} [0-9]{1,2}:[0-9]{2}:[0-9]{2} ([+-][0-9]{4}|GMT)",
        fullmatch=True,
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_HOSTILE)
def test_no_header_ever_raises_and_what_comes_out_is_between_now_and_the_bound(dial, text):
    before = clock.now()
    everywhere = [place for places in waits.PLACES.values() for place in places]
    names = ("Retry-After", "x-rate-limit-reset", "RateLimit-Reset", "X-RateLimit-Reset")
    body = {"retry_after": text, "parameters": {"retry_after": text}}
    told = answer(dict.fromkeys(names, text), body)
    for found in [*(form(text) for form in FORMS), *(waits.retry_at(told, place) for place in everywhere)]:
        assert found is None or (found.tzinfo is UTC and before <= found <= clock.now() + waits.LONGEST)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_body_ever_raises(dial, raw):
    for body in (raw, {"retry_after": raw, "parameters": raw}, {"parameters": {"retry_after": raw}}):
        again = json.loads(json.dumps(body))
        for places in waits.PLACES.values():
            found = waits.retry_at(answer(body=again), *places)
            assert found is None or found <= clock.now() + waits.LONGEST
