"""What was said already, so that the next post says something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

_GRAM = 3


class Memory:
    """The bodies of earlier posts, with how often each passage stands in them and how alike a new one would be."""

    def __init__(self, bodies: Iterable[str]) -> None:
        self._bodies: list[str] = []
        self._grams: list[frozenset[str]] = []
        self._counts: dict[str, int] = {}
        self._hooks: Counter[str] = Counter()
        for body in bodies:
            self.add(body)

    def add(self, body: str) -> None:
        """Remember a post."""
        self._bodies.append(body)
        self._grams.append(trigrams(body))
        self._hooks[hook(body)] += 1
        for passage in self._counts:
            self._counts[passage] += passage in body

    def uses(self, passage: str) -> int:
        """In how many posts the passage stands."""
        if passage not in self._counts:
            self._counts[passage] = sum(passage in body for body in self._bodies)
        return self._counts[passage]

    def hook_uses(self, body: str) -> int:
        """How many posts begin with the same line."""
        return self._hooks[hook(body)]

    def likeness(self, body: str) -> float:
        """How alike the most similar post is: 0 is nothing in common, 1 is the same text."""
        new = trigrams(body)
        return max((_jaccard(new, old) for old in self._grams), default=0.0)


def hook(body: str) -> str:
    """The first line, in which readers decide whether to read on, with case and spacing evened out."""
    return " ".join(body.strip().split("\n", 1)[0].casefold().split())


def trigrams(text: str) -> frozenset[str]:
    """All runs of three characters, with case and spacing evened out."""
    flat = " ".join(text.casefold().split())
    return frozenset(flat[at : at + _GRAM] for at in range(max(1, len(flat) - _GRAM + 1)))


def similarity(one: str, other: str) -> float:
    """The share of trigrams that two texts have in common, 0 to 1."""
    return _jaccard(trigrams(one), trigrams(other))


def chance(*parts: object) -> int:
    """A number that looks random and is always the same for the same parts."""
    joined = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(joined, digest_size=6).digest(), "big")


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0
