"""The seal of a backup: what is altered, moved or cut off anywhere does not open."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from aipromote.backup.container import members, write_end, write_member
from aipromote.backup.envelope import CHUNK, Passphrase, Reader, Secret, Writer, sealed_with
from aipromote.backup.errors import BackupUnusable, WrongKey
from aipromote.db.sealing import KeyRing

SECRET = Passphrase("correct horse battery", cost=4)
RING = KeyRing({"k2": bytes(32), "k1": bytes(range(32))})


def sealed(data: bytes, secret: Secret = SECRET) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, secret)
    writer.write(data)
    writer.finish()
    return file.getvalue()


def opened(data: bytes, secret: Secret = SECRET) -> bytes:
    reader = Reader(io.BytesIO(data), secret)
    return b"".join(iter(lambda: reader.read(100_000), b""))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_opens_again(size: int) -> None:
    data = os.urandom(size)
    assert opened(sealed(data)) == data


LONG = sealed(bytes(2 * CHUNK + 5))


@effort(max_examples=60, deadline=None)
@given(st.integers(0, len(LONG) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_one_clear_error(place: int, bit: int) -> None:
    altered = bytearray(LONG)
    altered[place] ^= 1 << bit
    with pytest.raises(BackupUnusable):
        opened(bytes(altered))


@pytest.mark.parametrize("field", [b'"nonce": "', b'"salt": "', b'"check": "'])
def test_what_is_no_base64_in_the_beginning_is_the_same_error(field: bytes) -> None:
    altered = bytearray(LONG)
    altered[LONG.index(field) + len(field)] = ord("!")
    with pytest.raises(BackupUnusable, match="damaged"):
        opened(bytes(altered))


@effort(max_examples=60, deadline=None)
@given(st.integers(0, len(LONG) - 1) | st.sampled_from([len(LONG) - 21, len(LONG) - 21 - CHUNK - 16]))
def test_a_file_that_was_cut_off_is_one_clear_error(length: int) -> None:
    with pytest.raises(BackupUnusable):
        opened(LONG[:length])


def test_chunks_cannot_change_places_nor_be_left_out() -> None:
    start = len(LONG) - (2 * CHUNK + 5 + 3 * 16)
    first, second, last = (LONG[start + n * (CHUNK + 16) : start + (n + 1) * (CHUNK + 16)] for n in range(3))
    for order in (
        [second, first, last],
        [second, last],
        [first, last],
        [first, first, last],
        [first, second, last, last],
    ):
        with pytest.raises(BackupUnusable):
            opened(LONG[:start] + b"".join(order))


def test_a_wrong_passphrase_is_told_apart_from_damage() -> None:
    with pytest.raises(WrongKey, match="passphrase"):
        opened(LONG, Passphrase("another one altogether", cost=4))
    with pytest.raises(WrongKey, match="passphrase"):
        opened(LONG, RING)


def test_a_key_of_the_ring_opens_what_it_sealed_also_when_it_is_no_longer_the_first() -> None:
    data = sealed(b"bread", RING)
    assert sealed_with(io.BytesIO(data)) == "k2"
    assert opened(data, KeyRing({"k3": bytes(32), "k2": bytes(32)})) == b"bread"
    with pytest.raises(WrongKey, match="k2"):
        opened(data, KeyRing({"k1": bytes(range(32))}))


def test_a_file_cannot_ask_for_all_memory() -> None:
    with pytest.raises(BackupUnusable):
        opened(LONG.replace(b'"cost": 4', b'"cost":60'))


def test_the_same_content_never_looks_the_same() -> None:
    assert sealed(b"bread")[-20:] != sealed(b"bread")[-20:]


def test_members_keep_their_names_and_bytes_and_may_be_passed_over() -> None:
    file = io.BytesIO()
    writer = Writer(file, SECRET)
    for name, blocks in {"one": [b"a", b"", b"b"], "two": [], "three": [b"c"]}.items():
        write_member(writer, name, blocks)
    write_end(writer)
    writer.finish()
    reader = Reader(io.BytesIO(file.getvalue()), SECRET)
    assert [(name, b"".join(blocks) if name != "one" else None) for name, blocks in members(reader)] == [
        ("one", None), ("two", b""), ("three", b"c"),
    ]  # fmt: skip
