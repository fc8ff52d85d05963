"""Who is behind it: founders, and where the startup is on social networks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice, pairwise

from aipromote.reading.accounts import platform_of
from aipromote.reading.passages import Passage, Reading
from aipromote.reading.suggestion import Confidence, Suggestion, suggest

_ROLE = re.compile(
    r"\b(co-?founder|founder|founding|CEO|CTO|COO|CMO|CPO|chief \w+ officer|"
    r"gründer(?:in)?|fondat(?:eur|rice)|fundador[ae]?)\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’.-]+(?: (?:(?:van|von|de|da|di|del|der|den|le|la|bin|al|y) )?[A-ZÀ-ÖØ-Þ][\w'’.-]+){1,3}"
)
_NAME_AND_ROLE = re.compile(rf"({_NAME.pattern})\s?[,–—(·|-]\s?([^,.;()]{{0,40}})")
_LOOKED_AT = 40
"""Mentions of people of each kind: a page of thousands is no page about founders."""
_NOT_NAMES = {"our", "the", "about", "meet", "contact", "join", "why", "how", "team", "read", "get", "company"}


def find(reading: Reading, *, is_first: bool) -> Iterator[Suggestion]:
    """Founders from data, from cards of a team and from sentences; platforms from links to accounts."""
    people = {str(one.value["name"]).lower(): one for one in _people(reading) if isinstance(one.value, dict)}
    yield from list(people.values())[:8]
    if is_first or reading.form != "page":
        yield from _platforms(reading)


def _people(reading: Reading) -> Iterator[Suggestion]:
    # The surest come last: they replace what a sentence said of the same person.
    for found in (_in_sentences(reading), _on_cards(reading), _in_data(reading)):
        yield from islice(found, _LOOKED_AT)


def _in_data(reading: Reading) -> Iterator[Suggestion]:
    groups: dict[int, list[Passage]] = defaultdict(list)
    for one in reading.of("data"):
        if one.name.startswith("Person."):
            groups[one.group].append(one)
    for passages in groups.values():
        told = {one.name.removeprefix("Person."): one for one in reversed(passages)}
        name, role = told.get("name"), told.get("jobTitle")
        is_founder = passages[0].under.lower().startswith("founder") or bool(role and _ROLE.search(role.text))
        if name is None or not is_founder or len(name.text) > 100:  # noqa: PLR2004 -- a person's name
            continue
        person = {"name": name.text, "role": role.text if role and len(role.text) <= 200 else None}  # noqa: PLR2004 -- a line
        person["bio"] = told["description"].text if "description" in told else None
        person["image_url"] = told["image"].text if "image" in told and told["image"].text.startswith("http") else None
        same = [one.text for one in passages if one.name == "Person.sameAs"]
        person["linkedin_url"] = next((link for link in same if "linkedin.com/in/" in link), None)
        yield _founder(person, reading, name, Confidence.STATED)


def _on_cards(reading: Reading) -> Iterator[Suggestion]:
    """A heading that is a name, and under it a short line that is a role."""
    seen = [one for one in reading.passages if one.kind in {"heading", "text", "item"}]
    for name, role in pairwise(seen):
        if name.kind != "heading" or role.kind == "heading" or len(role.text) > 80:  # noqa: PLR2004 -- a card's second line
            continue
        if _ROLE.search(role.text) and _is_name(name.text):
            yield _founder({"name": name.text, "role": role.text}, reading, name, Confidence.LIKELY)


def _in_sentences(reading: Reading) -> Iterator[Suggestion]:
    for passage in reading.of("text", "item"):
        for name, role in _NAME_AND_ROLE.findall(passage.text[:1000]):
            if _ROLE.search(role) and _is_name(name):
                yield _founder({"name": name, "role": role.strip()}, reading, passage, Confidence.GUESS)


def _is_name(text: str) -> bool:
    return (
        bool(_NAME.fullmatch(text)) and text.split(maxsplit=1)[0].lower() not in _NOT_NAMES and not _ROLE.search(text)
    )


def _founder(person: dict[str, str | None], reading: Reading, passage: Passage, confidence: Confidence) -> Suggestion:
    surname = re.sub(r"\W", "", str(person["name"]).split()[-1]).lower()
    profiles = (
        one.name for one in reading.of("link") if "linkedin.com/in/" in one.name and surname in one.name.lower()
    )
    person["linkedin_url"] = person.get("linkedin_url") or next(profiles, None)
    told = {key: value for key, value in person.items() if value}
    return suggest("founders", told, reading=reading, passage=passage, confidence=confidence)


def _platforms(reading: Reading) -> Iterator[Suggestion]:
    """One for each network that the site links an account on."""
    linked = [(one, one.name) for one in reading.of("link")]
    linked += [
        (one, one.text)
        for one in reading.of("data")
        if one.name.endswith(".sameAs") and not one.name.startswith("Person.")
    ]
    seen: set[str] = set()
    for passage, target in linked:
        platform = platform_of(target)
        if platform and platform not in seen:
            seen.add(platform)
            shown = passage.model_copy(update={"text": target[:300], "place": "link to an account"})
            yield suggest("goals.platforms", platform, reading=reading, passage=shown, confidence=Confidence.LIKELY)
