"""Which hosts are ours, where forms may lead, and what signatures are good for."""

from __future__ import annotations

import pytest

from aipromote.errors import AipromoteError, Conflict, NotFound, StaleRevision
from aipromote.http.doorway import content_policy, known_hosts
from aipromote.http.explanations import explain
from aipromote.http.signing import fits, sign
from servers import plain_settings


def test_only_this_machine_and_the_public_address_are_our_hosts() -> None:
    chosen = plain_settings(public_url="https://desk.example.org:8443/x", host="0.0.0.0")
    assert known_hosts(chosen) == {"localhost", "127.0.0.1", "::1", "desk.example.org"}


def test_nothing_may_run_or_be_styled_inside_a_page() -> None:
    policy = content_policy(["http://127.0.0.1:8490"])
    assert "default-src 'self'" in policy
    assert "form-action 'self' http://127.0.0.1:8490" in policy
    assert "unsafe" not in policy


def test_a_signature_fits_its_purpose_and_its_value_only(owner_url: str) -> None:
    signature = sign("form", "ada")
    assert fits("form", "ada", signature)
    assert not fits("notice", "ada", signature)
    assert not fits("form", "eve", signature)
    assert not fits("form", "ada", "é")


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (StaleRevision("Changed."), 409, "Somebody changed this text meanwhile"),
        (Conflict("Too late."), 409, "That is not possible any more"),
        (NotFound("No such piece."), 404, "There is nothing here"),
        (AipromoteError("It broke."), 500, "Something broke on our side"),
    ],
)
def test_every_error_of_ours_says_what_happened(error: AipromoteError, status: int, title: str) -> None:
    told = explain(error)
    assert (told.status, told.title, told.happened) == (status, title, error.message)
    assert told.safe
    assert told.todo


def test_what_was_not_expected_is_not_told_to_strangers() -> None:
    told = explain(RuntimeError("postgresql://owner:secret@db"))
    assert "secret" not in f"{told}"
