"""How well claims are found and proven, by kind and by language, on the labelled drafts in tests/data/claims.

    python bench/claims.py [working|held-out|all] [--json] [--misses]

A claim of a draft is found when a claim of the same kind overlaps its words. Recall is the part of the labelled claims
that is found, precision the part of the found ones that is labelled. Look at the misses of the working half only: what
was tuned with the held-out half says nothing any more.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aipromote.documents.claims import backing, find_claims
from aipromote.documents.facts import Fact

CORPUS = Path(__file__).parents[1] / "tests" / "data" / "claims"
OWN_NAMES = ("Pagerlane", "Ada Moreno")
_MARK = re.compile(r"\[\[(\w+)\|([^\]]*)\]\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text without its marks, and the claims (kind, start, end) that they stood for."""

    id: str
    text: str
    claims: tuple[tuple[str, int, int], ...]

    @property
    def language(self) -> str:
        return self.id.split("-")[0]


def half_of(key: str) -> str:
    """Which half an id is in: by its hash, so that a new line moves no other."""
    return "held-out" if hashlib.sha256(key.encode()).digest()[0] % 2 else "working"


def drafts(half: str) -> Iterator[Draft]:
    for language in ("en", "de", "es", "fr", "pt"):
        for line in (CORPUS / f"{language}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            if half in {"all", half_of(row["id"])}:
                yield _unmarked(row["id"], row["text"])


def _unmarked(key: str, marked: str) -> Draft:
    text, claims, last = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        claims.append((mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        last = mark.end()
    return Draft(key, text + marked[last:], tuple(claims))


class Tally:
    """What was right, missed and wrong, by kind and by language."""

    def __init__(self) -> None:
        self.right, self.missed, self.wrong = Counter[str](), Counter[str](), Counter[str]()
        self.faults: list[str] = []

    def add(self, draft: Draft) -> None:
        found = find_claims(draft.text, language=draft.language, spoken_for=OWN_NAMES)
        places = [(claim.kind.value, claim.start, claim.end) for claim in found]
        for one in draft.claims:
            self._count(draft, one, known=any(map(_same(one), places)), otherwise=self.missed)
        for one in places:
            if not any(map(_same(one), draft.claims)):
                self._count(draft, one, known=False, otherwise=self.wrong)

    def _count(self, draft: Draft, one: tuple[str, int, int], *, known: bool, otherwise: Counter[str]) -> None:
        (self.right if known else otherwise).update(("all", one[0], draft.language))
        if not known:
            what = "missed" if otherwise is self.missed else "wrong"
            self.faults.append(f"{draft.id} {what} {one[0]} “{draft.text[one[1] : one[2]]}” in: {draft.text}")

    def row(self, name: str) -> dict[str, float]:
        right, missed, wrong = self.right[name], self.missed[name], self.wrong[name]
        return {
            "claims": right + missed,
            "recall": round(right / max(1, right + missed), 3),
            "precision": round(right / max(1, right + wrong), 3),
        }


def _same(one: tuple[str, int, int]):  # noqa: ANN202 -- a predicate
    return lambda other: other[0] == one[0] and other[1] < one[2] and one[1] < other[2]


def finding(half: str) -> Tally:
    tally = Tally()
    for draft in drafts(half):
        tally.add(draft)
    return tally


def linking(half: str) -> dict[str, object]:
    """Pairs of a text and a fact: does the fact back the text's claims? A wrong yes is worse than a wrong no."""
    faults: list[str] = []
    counted = Counter[str]()
    for line in (CORPUS / "pairs.jsonl").read_text("utf-8").splitlines():
        pair = json.loads(line)
        if half not in {"all", half_of(pair["id"])}:
            continue
        fact = Fact(pair["fact"], "source")
        claims = find_claims(pair["text"], language=pair["language"], spoken_for=OWN_NAMES)
        backed = bool(claims) and all(backing(claim, [fact], language=pair["language"]) is not None for claim in claims)
        counted[f"{pair['backs']}{backed}"] += 1
        if backed is not pair["backs"]:
            faults.append(f"{pair['id']} is {'' if backed else 'not '}backed: {pair['text']} / {pair['fact']}")
    total, wrongly = sum(counted.values()), counted["FalseTrue"]
    return {
        "pairs": total,
        "recall": round(counted["TrueTrue"] / max(1, counted["TrueTrue"] + counted["TrueFalse"]), 3),
        "precision": round(counted["TrueTrue"] / max(1, counted["TrueTrue"] + wrongly), 3),
        "faults": faults,
    }


def main(arguments: list[str]) -> None:
    half = next((one for one in arguments if not one.startswith("-")), "all")
    tally, linked = finding(half), linking(half)
    names = sorted(set(tally.right) | set(tally.missed) | set(tally.wrong), key=lambda name: (name != "all", name))
    rows = {name: tally.row(name) for name in names}
    if "--json" in arguments:
        print(json.dumps({"half": half, "finding": rows, "linking": linked}))
        return
    print(f"{half} half\n{'':14}{'claims':>8}{'recall':>9}{'precision':>11}")
    for name, row in rows.items():
        print(f"{name:14}{row['claims']:>8}{row['recall']:>9.3f}{row['precision']:>11.3f}")
    print(f"{'linking':14}{linked['pairs']:>8}{linked['recall']:>9.3f}{linked['precision']:>11.3f}")
    if "--misses" in arguments:
        print("\n".join([*tally.faults, *linked["faults"]]))


if __name__ == "__main__":
    main(sys.argv[1:])
