"""Secrets at rest."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.db.base import new_id
from aipromote.db.sealing import KeyRing, SealBroken
from aipromote.errors import SetupError

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(32, 64))).decode()


@given(st.text(), st.text(min_size=1))
def test_what_was_sealed_opens_in_its_place_and_nowhere_else(secret: str, place: str) -> None:
    ring = KeyRing.parse(f"a:{KEY}")
    sealed = ring.seal(secret, place)
    assert ring.open(sealed, place) == secret
    with pytest.raises(SealBroken):
        ring.open(sealed, place + "x")


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    ring = KeyRing.parse(f"a:{KEY}")
    assert ring.seal("token", "row") != ring.seal("token", "row")


def test_an_altered_byte_does_not_open() -> None:
    ring = KeyRing.parse(f"a:{KEY}")
    sealed = bytearray(ring.seal("token", "row"))
    sealed[-1] ^= 1
    with pytest.raises(SealBroken):
        ring.open(bytes(sealed), "row")


def test_an_old_key_still_opens_and_a_missing_one_is_named() -> None:
    old = KeyRing.parse(f"old:{KEY}").seal("token", "row")
    assert KeyRing.parse(f"new:{OTHER},old:{KEY}").open(old, "row") == "token"
    with pytest.raises(SealBroken, match="'old'"):
        KeyRing.parse(f"new:{OTHER}").open(old, "row")


@pytest.mark.parametrize("text", ["", "a", "a:", f":{KEY}", "a:" + base64.b64encode(b"short").decode(), "a:###"])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SetupError):
        KeyRing.parse(text)


def test_a_key_whose_id_was_forgotten_is_not_shown() -> None:
    with pytest.raises(SetupError) as refused:
        KeyRing.parse(KEY)
    assert KEY[:8] not in str(refused.value)


def test_ids_are_ordered_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {key.version for key in ids} == {7}
