"""Codes as numbers: the vectors of RFC 6238 and RFC 4226, neighbours, and recovery codes as people type them."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.accounts.factors import codes, pictures

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 28, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
        (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130"),
    ],
)  # fmt: skip
def test_the_codes_are_those_of_the_standard(seconds: int, eight_digits: str) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    assert codes.code_of(SECRET, codes.step_at(instant)) == eight_digits[-6:], "six digits are the last six of eight"


@given(off=st.integers(-5, 5))
def test_a_code_of_the_step_before_or_after_is_good_and_no_other(off: int) -> None:
    then = NOW + timedelta(seconds=off * codes.STEP_SECONDS)
    code = codes.code_of(SECRET, codes.step_at(then))
    assert codes.step_of(SECRET, code, now=NOW) == (codes.step_at(then) if abs(off) <= 1 else None)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "12 34 5", "0" * 9000])
def test_what_is_no_code_is_no_code(text: str) -> None:
    assert codes.step_of(SECRET, text, now=NOW) is None


@given(st.text(max_size=20))
def test_no_text_breaks_it(text: str) -> None:
    codes.step_of(SECRET, text, now=NOW)
    codes.as_written(text)


def test_an_app_finds_name_and_secret_in_the_address() -> None:
    shared = codes.sharing(SECRET, email="ada+b&c@example.org", issuer="AIPromote")
    parts = urlsplit(shared.address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/AIPromote:ada%2Bb%26c%40example.org"
    assert parse_qs(parts.query)["secret"] == [SECRET]
    assert shared.text.replace(" ", "").upper() == SECRET


def test_secrets_are_long_and_never_the_same() -> None:
    made = {codes.fresh_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(each)) for each in made} == {20}


def test_recovery_codes_are_ten_and_fit_on_paper() -> None:
    made = codes.fresh_recovery_codes()
    assert len(set(made)) == 10
    assert all(re.fullmatch(r"[2-9a-hj-km-np-z]{5}-[2-9a-hj-km-np-z]{5}", each) for each in made)
    for each in made:
        for typed in (each.upper(), each.replace("-", ""), f"  {each.replace('-', ' ')} "):
            assert codes.as_written(typed) == each


def test_the_picture_grows_with_nothing_but_itself() -> None:
    drawn = pictures.qr_code(codes.sharing(SECRET, email="a" * 300 + "@example.org", issuer="AIPromote").address)
    assert drawn.startswith(b"<svg")
    assert b"style" not in drawn
    assert b"script" not in drawn
