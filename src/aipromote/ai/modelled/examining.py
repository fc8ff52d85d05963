"""What is wrong with a text that a model wrote, in sentences that tell it what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aipromote.ai.offline.material import spoken_for
from aipromote.connectors import links
from aipromote.documents.brief import Brief
from aipromote.documents.claims import find_claims, unproven
from aipromote.documents.facts import Fact
from aipromote.documents.phrases import find_phrases

_MENTION = re.compile(r"(?<![\w@/.])@(\w[\w.\-]{0,60}\w|\w)")
_SCHEMED = re.compile(r"https?://(?:\[[^\s\]]*\]\S*|[^\s<>\"“”\[\]()]+)", re.IGNORECASE)
_AFTER = ".,;:!?)]}'’…"
_MAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}\.[\w.\-]{1,190}\w")


@dataclass(frozen=True)
class Examiner:
    """Knows what the startup may say: `facts` are those that hold when the text goes out."""

    brief: Brief
    facts: Sequence[Fact]
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def problems(self, text: str) -> tuple[str, ...]:
        """What must not stay as it is."""
        if text not in self._known:
            self._known[text] = tuple(dict.fromkeys(self._problems(text)))
        return self._known[text]

    def allows(self, text: str) -> bool:
        """Whether it may stay as it is."""
        return not self.problems(text)

    def _problems(self, text: str) -> Iterator[str]:
        yield from self._phrases(text)
        yield from self._claims(text)
        yield from self._links(text)
        yield from self._mentions(text)

    def _phrases(self, text: str) -> Iterator[str]:
        avoided = (*self.brief.brand.words_to_avoid, *self.brief.constraints.claims_to_avoid)
        for hit in find_phrases(text, avoided, language=self.brief.languages[0]):
            yield f"“{text[hit.start : hit.end]}” must not be said: say it in other words."

    def _claims(self, text: str) -> Iterator[str]:
        language = self.brief.languages[0]
        claims = find_claims(text, language=language, spoken_for=spoken_for(self.brief))
        for claim in unproven(claims, self.facts, language=language):
            said = text[claim.start : claim.end]
            yield f"“{said}” is a claim ({claim.kind}) that no fact backs: leave it out, or say what a fact says."

    def _links(self, text: str) -> Iterator[str]:
        known = {_place(address) for address in self._addresses()}
        for said in _addresses_in(text):
            if _place(said) not in known:
                yield f"“{said}” is an address that nobody gave: leave it out."

    def _mentions(self, text: str) -> Iterator[str]:
        known = {(founder.twitter_handle or "").lstrip("@").casefold() for founder in self.brief.founders}
        for mention in _MENTION.finditer(text):
            if mention[1].casefold() not in known:
                yield f"“{mention[0]}” mentions an account that nobody gave: leave it out."
        for mail in _MAIL.finditer(text):
            yield f"“{mail[0]}” is an e-mail address: leave it out."

    def _addresses(self) -> Iterator[str]:
        brief = self.brief
        yield from filter(None, (brief.url, *(founder.linkedin_url for founder in brief.founders)))
        if brief.url:
            yield _host(brief.url)
        for fact in self.facts:
            yield from _addresses_in(fact.source)


def _addresses_in(text: str) -> list[str]:
    """What a reader could follow: what networks make a link of, and all that says http."""
    found = [text[link.start : link.end] for link in links.find(text)]
    written = (match[0].rstrip(_AFTER) for match in _SCHEMED.finditer(text))
    return list(dict.fromkeys((*written, *(address for address in found if "://" not in address))))


def _with_scheme(address: str) -> str:
    return address if "://" in address else f"https://{address}"


def _host(address: str) -> str:
    try:
        return urlsplit(_with_scheme(address)).netloc
    except ValueError:
        return address


def _place(address: str) -> str:
    """Host and path: what decides where an address leads, but not what it is counted under. As it is, if it is none."""
    try:
        parts = urlsplit(_with_scheme(address))
    except ValueError:
        return address
    return (parts.netloc.casefold().removeprefix("www.") + parts.path).rstrip("/")
