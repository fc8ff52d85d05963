"""The marks by which texts that are alike find each other, and how alike two texts are. Pure.

A text is the set of its trigrams. `HASHES` hash functions each keep the smallest hash of any trigram; two texts agree
on one of these with the probability of their likeness (MinHash). `ROWS` of them in a row make a band. Texts that are as
alike as `ALIKE` share at least one of the `BANDS` bands in 99 of 100 cases, at 0.75 in all but 2 of 10,000; strangers
(0.15) in one of 80.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from uuid import UUID

from aipromote.ai.offline.memory import similarity, trigrams

ALIKE = 0.65
"""The share of trigrams from which on a reader takes two posts for the same.

A person's small edits (two words, another closing line, other hashtags) leave 0.66 to 0.98; different posts about one
startup have at most 0.58 in common (bench/content measures both).
"""
FEWEST = 60
"""Trigrams. In a shorter text every word weighs much: there only the same words count."""
BANDS, ROWS = 24, 4
HASHES = BANDS * ROWS
LOOKED_AT = 4000
"""Characters of a text whose trigrams are taken: a longer one is recognized by its beginning."""
_PER_DIGEST = 16
_DIGESTS = HASHES // _PER_DIGEST
_NUMBERS = struct.Struct(f">{HASHES}I")


def bands(text: str, *, organization_id: UUID) -> list[int]:
    """The text's marks, as 64-bit numbers. Those of another organization differ, whatever it writes."""
    salts = [bytes([number]) for number in range(_DIGESTS)]
    rows = [
        _NUMBERS.unpack(b"".join(blake2b(gram, digest_size=64, salt=salt).digest() for salt in salts))
        for gram in (one.encode("utf-8", "surrogatepass") for one in trigrams(text[:LOOKED_AT]))
    ]
    least = [min(column) for column in zip(*rows, strict=True)]
    return [_mark(organization_id, number, least[number * ROWS : (number + 1) * ROWS]) for number in range(BANDS)]


def likeness(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1. Short ones are 1 where they are the same words, and otherwise 0."""
    one, other = one[:LOOKED_AT], other[:LOOKED_AT]
    if min(len(trigrams(one)), len(trigrams(other))) < FEWEST:
        return float(_words(one) == _words(other))
    return similarity(one, other)


def _mark(organization_id: UUID, number: int, least: list[int]) -> int:
    given = organization_id.bytes + bytes([number]) + struct.pack(f">{ROWS}I", *least)
    return int.from_bytes(blake2b(given, digest_size=8).digest(), "big", signed=True)


def _words(text: str) -> str:
    return " ".join(text.casefold().split())
