"""One post: a sentence of the brief that opens it, what connects, what supports, and how it closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from aipromote.ai.offline.fitting import Paragraph
from aipromote.ai.offline.hashtags import usable_hashtags
from aipromote.ai.offline.material import LEADS, SUPPORTS, Atom, Voice, fallback, share_a_word
from aipromote.ai.offline.memory import Memory, chance
from aipromote.ai.offline.pack import Kind, Pack, Theme
from aipromote.ai.offline.structures import LONG, UNLINKED, Structure, habits
from aipromote.documents.brief import Brief
from aipromote.documents.vocabulary import Platform, Stage

_EARLY = {Stage.IDEA, Stage.PRE_SEED}
_LISTS = {
    Theme.PROBLEM: (Kind.DIFFERENCE, Kind.JOB),
    Theme.PRODUCT: (Kind.JOB, Kind.DIFFERENCE),
    Theme.PROOF: (Kind.DIFFERENCE, Kind.JOB),
    Theme.AUDIENCE: (Kind.PAIN, Kind.DIFFERENCE),
    Theme.PEOPLE: (Kind.JOB, Kind.DIFFERENCE),
}
# After "What is Acme?" and a sentence, "That is Acme." would be one sentence too many.
_INTRODUCED = {Kind.WHAT, Kind.USP, Kind.DIFFERENCE, Kind.PERSONA}
FEWEST_IN_A_LIST = 2
_MOST_IN_A_LIST = 4
# The order in which a text that is too long loses its parts; the higher, the sooner.
_DROP = {"price": 8, "list": 7, "opener": 6, "hashtags": 5, "support": 4, "bridge": 3, "closing": 2}
_TRIES_BY_USE = 12

# Their paragraphs are of one piece: cut short, they would say something else.
_WHOLE = frozenset({Structure.CONTRAST, Structure.CARD, Structure.LIST})

Texts = list[tuple[str, str]]
"""Roles and their paragraphs; one without a text is left out."""
Option = TypeVar("Option")


@dataclass(frozen=True, slots=True)
class Draft:
    """The paragraphs of a post before they are made to fit, and what they were made from."""

    paragraphs: list[Paragraph]
    lead: Atom
    support: Atom | None
    asks: bool
    hashtags: tuple[str, ...]
    structure: Structure


@dataclass(frozen=True, slots=True)
class Composer:
    """All that does not change between the posts of one order."""

    brief: Brief
    pack: Pack
    voice: Voice
    material: Mapping[Kind, tuple[Atom, ...]]
    memory: Memory

    def drafts(
        self,
        *,
        theme: Theme,
        topic: str,
        platform: Platform,
        seed: str,
        hashtags: int,
        structure: Structure | None = None,
    ) -> Iterator[Draft]:
        """Endless different attempts at one post, the freshest first. The same arguments give the same attempts.

        Without a `structure` each attempt has one that is usual on the platform.
        """
        for number in count():
            attempt = _Attempt(self, theme, topic, platform, f"{seed}|{number}", number)
            yield attempt.draft(hashtags, structure or attempt.usual_structure())

    def say(self, pattern: str, **places: str) -> str:
        """A line of the pack with its places filled."""
        return pattern.format(name=self.brief.name, **places)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try: every choice depends on the seed, and prefers what earlier posts said least."""

    composer: Composer
    theme: Theme
    topic: str
    platform: Platform
    seed: str
    number: int

    def draft(self, hashtags: int, structure: Structure) -> Draft:
        """The paragraphs, in order. A statement, where the brief has not enough for another structure."""
        lead = self._lead()
        support = self._support(lead)
        told = self._told(structure, lead, support)
        if told is None:
            structure, told = Structure.STATEMENT, self._statement(lead, support)
        closing, asks = self._closing()
        tags = self._hashtags(hashtags)
        texts = [
            *told,
            ("price", self._price()),
            ("closing", closing),
            ("hashtags", " ".join(f"#{tag}" for tag in tags)),
            ("disclaimer", self.composer.brief.brand.legal_disclaimer or ""),
        ]
        whole = structure in _WHOLE
        paragraphs = [
            Paragraph(role, text, _DROP.get(role, 0), cuttable=role == "lead" and not whole)
            for role, text in texts
            if text
        ]
        return Draft(paragraphs, lead, None if whole else support, asks, tuple(tags), structure)

    def usual_structure(self) -> Structure:
        """One that is usual on the platform."""
        weights = habits(self.platform).structures
        ticket = chance(self.seed, "structure") % sum(weights.values())
        for structure, weight in weights.items():
            ticket -= weight
            if ticket < 0:
                return structure
        raise AssertionError("the ticket is below the sum of the weights")

    def _told(self, structure: Structure, lead: Atom, support: Atom | None) -> Texts | None:
        """What stands between the first line and the close; None where the brief has not enough for the structure."""
        match structure:
            case Structure.STATEMENT:
                return self._statement(lead, support)
            case Structure.SHORT:
                return [("opener", self._opener(lead)), ("lead", lead.text)]
            case Structure.CONTRAST:
                return self._contrast(lead)
            case Structure.CARD:
                return self._card(lead)
            case Structure.LIST:
                return self._listing(lead, support)

    def _statement(self, lead: Atom, support: Atom | None) -> Texts:
        opener = self._opener(lead)
        return [
            ("opener", opener),
            ("lead", lead.text),
            ("bridge", "" if opener and lead.kind in _INTRODUCED else self._bridge(lead)),
            ("support", self._supporting(support)),
            ("list", self._list(lead, support)),
        ]

    def _contrast(self, lead: Atom) -> Texts | None:
        """What is in the way, and what the product does, whichever of the two the post is about."""
        pain, answer = self._pair(lead)
        if pain is None or answer is None or lead not in {pain, answer}:
            return None
        text = self._line(self.composer.pack.contrasts, "contrast", before=pain.text, after=answer.text)
        return [("lead", text)] if text else None

    def _card(self, lead: Atom) -> Texts | None:
        persona = lead if lead.kind is Kind.PERSONA else self._one_of(self.composer.material.get(Kind.PERSONA, ()))
        pain, answer = self._pair(lead)
        if persona is None or pain is None or answer is None or lead not in {persona, pain, answer}:
            return None
        places = {"who": persona.short, "problem": pain.text, "answer": answer.text}
        text = self._line(self.composer.pack.cards, "card", **places)
        return [("lead", text)] if text else None

    def _listing(self, lead: Atom, support: Atom | None) -> Texts | None:
        """Sentences of the lead's own kind under a heading. The lead comes first."""
        headings = self.composer.pack.lists.get(lead.kind, ())
        others = self._entries(lead.kind, {lead.text})
        heading = self._line(headings, "heading") if others else ""
        if not heading:
            return None
        entries = "\n".join(f"– {entry}" for entry in (lead.short, *others))
        return [("lead", f"{heading}\n{entries}"), ("bridge", self._bridge(lead)), ("support", self._what(support))]

    def _what(self, support: Atom | None) -> str:
        """The support where it says what the product is: after a list, another entry would be one too many."""
        return support.text if support is not None and support.kind in {Kind.WHAT, Kind.USP} else ""

    def _pair(self, lead: Atom) -> tuple[Atom | None, Atom | None]:
        """A pain and its answer, one of them the lead: they share a word, or the answer is the USP, which fits all."""
        material = self.composer.material
        pains, answers = material.get(Kind.PAIN, ()), material.get(Kind.DIFFERENCE, ())
        if lead.kind in {Kind.DIFFERENCE, Kind.USP}:
            related = [pain for pain in pains if lead.kind is Kind.USP or share_a_word(pain, lead)]
            return self._one_of(related), lead
        pain = lead if lead.kind is Kind.PAIN else self._one_of(pains)
        fitting = [answer for answer in answers if pain is not None and share_a_word(pain, answer)]
        return pain, self._one_of(fitting or material.get(Kind.USP, ()))

    def _one_of(self, atoms: Sequence[Atom]) -> Atom | None:
        return self._pick(atoms, lambda atom: atom.text, atoms[0].kind) if atoms else None

    def _lead(self) -> Atom:
        material = self.composer.material
        own = [atom for kind in LEADS[self.theme] for atom in material.get(kind, ())]
        if self.number < _TRIES_BY_USE:
            for atom in own:
                if self.topic in {atom.text, atom.short}:
                    return atom
        return self._pick(own or fallback(material), lambda atom: atom.text, "lead")

    def _support(self, lead: Atom) -> Atom | None:
        every = [atom for kind in SUPPORTS for atom in self.composer.material.get(kind, ())]
        # The whole description has its first sentence in it: one of the two is enough.
        atoms = [atom for atom in every if atom.text not in lead.text and lead.text not in atom.text]
        # What the product is comes first now and then, or readers who are new would not learn it.
        what = [atom for atom in atoms if atom.kind is Kind.WHAT]
        if what and lead.kind is not Kind.WHAT and self._one_in(3, "what"):
            atoms = what
        return self._pick(atoms, lambda atom: atom.text, "support") if atoms else None

    def _supporting(self, support: Atom | None) -> str:
        """A differentiator is often a phrase without a subject, so it gets a mark that says "this is what it does"."""
        if support is None:
            return ""
        return f"→ {support.text}" if support.kind is Kind.DIFFERENCE else support.text

    def _opener(self, lead: Atom) -> str:
        wanted = self._one_in(2, "opener") if lead.kind is Kind.WHAT else self._one_in(4, "opener")
        return self._line(self.composer.pack.openers.get(lead.kind, ()), "opener") if wanted else ""

    def _bridge(self, lead: Atom) -> str:
        if self._one_in(5, "no bridge"):
            return ""
        return self._line(self.composer.pack.bridges.get(lead.kind, ()), "bridge")

    def _list(self, lead: Atom, support: Atom | None) -> str:
        if self.platform not in LONG:
            return ""
        said = {lead.text, support.text if support else ""}
        told = {lead.kind, support.kind if support else None}
        kinds = [kind for kind in _LISTS[self.theme] if kind not in told and self._entries(kind, said)]
        if not kinds:
            return ""
        kind = self._pick(kinds, lambda kind: self._entries(kind, said)[0], "list")
        heading = self._line(self.composer.pack.lists.get(kind, ()), "heading")
        entries = "\n".join(f"– {entry}" for entry in self._entries(kind, said))
        return f"{heading}\n{entries}" if heading else entries

    def _entries(self, kind: Kind, said: set[str]) -> list[str]:
        """A few entries of that kind, beginning at another one each time; none where there are too few for a list."""
        entries = [atom.short for atom in self.composer.material.get(kind, ()) if atom.text not in said]
        if len(entries) < FEWEST_IN_A_LIST:
            return []
        at = chance(self.seed, kind, "at") % len(entries)
        length = 2 + chance(self.seed, kind, "length") % (_MOST_IN_A_LIST - 1)
        return [*entries[at:], *entries[:at]][:length]

    def _price(self) -> str:
        brief, wanted = self.composer.brief, self.theme is Theme.PRODUCT and self._one_in(4, "price")
        if not (wanted and brief.pricing and self.platform in LONG):
            return ""
        return self._line(self.composer.pack.price, "price", price=brief.pricing)

    def _closing(self) -> tuple[str, bool]:
        """A question or a link, as is usual there; where there is room for more than a thought, both now and then."""
        pack, url = self.composer.pack, self.composer.brief.url
        early = self.composer.brief.stage in _EARLY and self._one_in(3, "early")
        ask = self._line(pack.early_asks if early else pack.asks.get(self.theme, ()), "ask")
        usual = habits(self.platform)
        may_link = url is not None and self.platform not in UNLINKED
        linked = may_link and chance(self.seed, "link") % (usual.ask + usual.link) < usual.link
        if not linked or url is None:
            return ask, bool(ask)
        more = self._line(pack.more, "more", url=url) or url
        both = self.platform in LONG and bool(ask) and self._one_in(2, "both")
        return (f"{ask}\n\n{more}" if both else more), both

    def _hashtags(self, most: int) -> list[str]:
        options = usable_hashtags(self.composer.brief, self.composer.voice)
        if not options or self._one_in(4, "no hashtags"):
            return []
        at = chance(self.seed, "hashtags") % len(options)
        return [*options[at:], *options[:at]][:most]

    def _line(self, patterns: Sequence[str], purpose: str, **places: str) -> str:
        """One of the pack's lines, filled in; "" where there is none that may be said."""
        lines = [self.composer.say(pattern, **places) for pattern in patterns]
        allowed = [line for line in lines if self.composer.voice.allows(line.replace(places.get("url", "\x00"), ""))]
        return self._pick(allowed, str, purpose) if allowed else ""

    def _pick(self, options: Sequence[Option], passage: Callable[[Option], str], purpose: str) -> Option:
        """What was said least; later attempts, when that led nowhere, choose freely."""

        def rank(option: Option) -> tuple[int, int]:
            text = passage(option)
            uses = self.composer.memory.uses(text.rstrip(".")) if self.number < _TRIES_BY_USE else 0
            return uses, chance(self.seed, purpose, text)

        return min(options, key=rank)

    def _one_in(self, times: int, purpose: str) -> bool:
        return chance(self.seed, purpose) % times == 0
