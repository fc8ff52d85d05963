"""What a network answers is kept only where it can be: servers may be anybody's."""

from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import Prepared, Processing, Published
from aipromote.connectors.errors import Rejected, UnknownOutcome


@pytest.mark.parametrize("name", ["", "7" * 501, "7\0", "7\ud800", "7\n8"])
def test_a_name_that_cannot_be_stored_makes_an_answer_unusable(name):
    with pytest.raises(UnknownOutcome):
        Published(name, "https://example.com/7", clock.now())
    if name:
        with pytest.raises(UnknownOutcome):
            Processing(name, "It works.", timedelta(seconds=1))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "/7", "https://e.example/" + "a" * 2000, "https://e.example/\0"]
)
def test_an_address_that_leads_nowhere_is_left_out(address):
    assert Published("7", address, clock.now()).url == ""


def test_what_can_be_stored_is_kept():
    long = "https://e.example/" + "a" * 1982
    assert Published("7" * 500, long, clock.now()).url == long
    assert Published("7", "HTTP://e.example/ä", clock.now()).url == "HTTP://e.example/ä"
    assert Prepared("x" * 2000).handle == "x" * 2000


@pytest.mark.parametrize("handle", ["x" * 2001, "\0"])
def test_a_preparation_that_cannot_be_stored_is_refused(handle):
    with pytest.raises(Rejected, match="too long"):
        Prepared(handle)
