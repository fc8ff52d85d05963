"""Numbers and grants out of answers: what cannot be one is not told."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote import clock
from aipromote.connectors.contract import Credentials
from aipromote.connectors.granting import granted
from aipromote.connectors.numbers import count
from aipromote.connectors.wire import Answer

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@pytest.mark.parametrize(
    ("told", "counted"),
    [(0, 0), (7, 7), (7.0, 7), (7.5, None), (-1, None), (2**53, None), (True, None), ("7", None), (None, None)],
)
def test_a_counter_is_a_whole_number_from_nought_on(told, counted):
    assert count(told) == counted


@given(ANYTHING)
def test_whatever_is_told_a_counter_fits_its_column(told):
    counted = count(told)
    assert counted is None or (type(counted) is int and 0 <= counted < 2**63)


def answer(**body):
    return Answer(200, {}, {"access_token": "new", **body})


def test_what_an_answer_leaves_out_stays_as_it_was():
    before = Credentials("https://x.example", "old", "kept", scope="read", account_id="a1")
    after = granted(before, answer())
    assert (after.access_token, after.refresh_token, after.scope, after.account_id) == ("new", "kept", "read", "a1")
    assert after.expires_at is None
    after = granted(before, answer(refresh_token="next", scope="read,write  post", expires_in=7200))
    assert (after.refresh_token, after.scope) == ("next", "read write post")
    assert after.expires_at is not None
    assert timedelta(seconds=7190) < after.expires_at - clock.now() <= timedelta(seconds=7200)


@given(ANYTHING)
def test_no_life_of_a_token_breaks_anything(told):
    after = granted(Credentials("https://x.example", "old"), answer(expires_in=told))
    assert after.expires_at is None or after.expires_at - clock.now() <= timedelta(days=3660)
