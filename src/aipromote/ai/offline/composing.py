"""One post: a sentence of the brief that opens it, what connects, what supports, and how it closes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from aipromote.ai.offline.fitting import Paragraph
from aipromote.ai.offline.material import LEADS, SUPPORTS, Atom, Voice
from aipromote.ai.offline.memory import Memory, chance
from aipromote.ai.offline.pack import Kind, Pack, Theme
from aipromote.documents.brief import Brief
from aipromote.documents.vocabulary import Platform, Stage

# Where people expect a few paragraphs; elsewhere one thought has to do.
LONG = {
    Platform.LINKEDIN, Platform.FACEBOOK, Platform.REDDIT, Platform.TELEGRAM, Platform.DISCORD, Platform.SLACK,
    Platform.DEVTO, Platform.WORDPRESS, Platform.SANDBOX,
}  # fmt: skip
# Where an address in the text cannot be followed.
UNLINKED = {Platform.INSTAGRAM, Platform.TIKTOK, Platform.YOUTUBE_SHORTS, Platform.PINTEREST}
_EARLY = {Stage.IDEA, Stage.PRE_SEED}
_LISTS = {
    Theme.PROBLEM: (Kind.DIFFERENCE, Kind.JOB),
    Theme.PRODUCT: (Kind.PAIN, Kind.JOB),
    Theme.PROOF: (Kind.DIFFERENCE, Kind.JOB),
    Theme.AUDIENCE: (Kind.PAIN, Kind.DIFFERENCE),
    Theme.PEOPLE: (Kind.JOB, Kind.DIFFERENCE),
}
# After "What is Acme?" and a sentence, "That is Acme." would be one sentence too many.
_INTRODUCED = {Kind.WHAT, Kind.USP, Kind.DIFFERENCE, Kind.PERSONA}
_FEWEST_IN_A_LIST = 2
_MOST_IN_A_LIST = 4
# The order in which a text that is too long loses its parts; the higher, the sooner.
_DROP = {"price": 8, "list": 7, "opener": 6, "hashtags": 5, "support": 4, "bridge": 3, "closing": 2}
_TRIES_BY_USE = 12
# Kinds whose sentences make a row of thoughts.
_THREADED = {Kind.PAIN, Kind.JOB, Kind.DIFFERENCE}

Option = TypeVar("Option")


@dataclass(frozen=True, slots=True)
class Draft:
    """The paragraphs of a post before they are made to fit, and what they were made from."""

    paragraphs: list[Paragraph]
    lead: Atom
    support: Atom | None
    asks: bool
    hashtags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composer:
    """All that does not change between the posts of one order."""

    brief: Brief
    pack: Pack
    voice: Voice
    material: Mapping[Kind, tuple[Atom, ...]]
    memory: Memory

    def drafts(self, *, theme: Theme, topic: str, platform: Platform, seed: str, hashtags: int) -> Iterator[Draft]:
        """Endless different attempts at one post, the freshest first. The same arguments give the same attempts."""
        attempt = 0
        while True:
            yield _Attempt(self, theme, topic, platform, f"{seed}|{attempt}", attempt).draft(hashtags)
            attempt += 1

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

    def draft(self, hashtags: int) -> Draft:
        """The paragraphs, in order."""
        lead = self._lead()
        opener = self._opener(lead)
        support = self._support(lead)
        listed = self._list(lead, support)
        closing, asks = self._closing()
        tags = self._hashtags(hashtags)
        texts = [
            ("opener", opener),
            ("lead", lead.text),
            ("bridge", "" if opener and lead.kind in _INTRODUCED else self._bridge(lead)),
            ("support", self._supporting(support)),
            ("list", listed),
            ("price", self._price()),
            ("closing", closing),
            ("hashtags", " ".join(f"#{tag}" for tag in tags)),
            ("disclaimer", self.composer.brief.brand.legal_disclaimer or ""),
        ]
        paragraphs = [
            Paragraph(role, text, _DROP.get(role, 0), cuttable=role == "lead") for role, text in texts if text
        ]
        return Draft(paragraphs, lead, support, asks, tuple(tags))

    def _lead(self) -> Atom:
        material = self.composer.material
        own = [atom for kind in LEADS[self.theme] for atom in material.get(kind, ())]
        if self.number < _TRIES_BY_USE:
            for atom in own:
                if self.topic in {atom.text, atom.short}:
                    return atom
        return self._pick(own or material[Kind.WHAT], lambda atom: atom.text, "lead")

    def _support(self, lead: Atom) -> Atom | None:
        atoms = [atom for kind in SUPPORTS for atom in self.composer.material.get(kind, ()) if atom.text != lead.text]
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
        if len(entries) < _FEWEST_IN_A_LIST:
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
        """A question or a link; where there is room for more than a thought, both now and then."""
        pack, url = self.composer.pack, self.composer.brief.url
        early = self.composer.brief.stage in _EARLY and self._one_in(3, "early")
        ask = self._line(pack.early_asks if early else pack.asks.get(self.theme, ()), "ask")
        linked = url is not None and self.platform not in UNLINKED and self._one_in(3, "link")
        if not linked or url is None:
            return ask, bool(ask)
        more = self._line(pack.more, "more", url=url) or url
        both = self.platform in LONG and bool(ask)
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


def usable_hashtags(brief: Brief, voice: Voice) -> list[str]:
    """The brief's own hashtags, or its category, industries, markets and name as hashtags; never a forbidden one."""
    rules = brief.brand.hashtags
    derived = (brief.category, *brief.icp.industries, *brief.markets, brief.name)
    options: Iterable[str] = rules.allowed or (_camel(words) for words in derived if words and voice.allows(words))
    forbidden = {tag.casefold() for tag in rules.forbidden}
    return [tag for tag in dict.fromkeys(options) if tag and tag.casefold() not in forbidden]


def _camel(words: str) -> str:
    """The words as one hashtag, DeveloperTools; "" where they make none."""
    tag = "".join(word[0].upper() + word[1:] for word in words.replace("-", " ").split())
    return tag if tag.isalnum() and not tag.isdigit() else ""


def as_thread(draft: Draft, composer: Composer, *, most: int) -> list[list[Paragraph]]:
    """The draft as the posts of a thread: the opening, one thought each, the close. At most `most` of them.

    Empty where there are too few thoughts of one kind to follow each other.
    """
    by_role = {paragraph.role: replace(paragraph, cuttable=True) for paragraph in draft.paragraphs}
    opening = [by_role[role] for role in ("opener", "lead") if role in by_role]
    answer = ("bridge", "support") if draft.lead.kind in {Kind.PAIN, Kind.JOB} else ("support",)
    middle = [by_role[role] for role in answer if role in by_role]
    close = [by_role[role] for role in ("closing", "hashtags", "disclaimer") if role in by_role]
    said = {draft.lead.text, draft.support.text if draft.support else ""}
    atoms = [atom for atom in composer.material.get(draft.lead.kind, ()) if atom.text not in said]
    if draft.lead.kind not in _THREADED or len(atoms) < _FEWEST_IN_A_LIST:
        return []
    room = max(0, min(most, 6) - sum(map(bool, (opening, middle, close))))
    thoughts = [[Paragraph("thought", atom.text, cuttable=True)] for atom in atoms[:room]]
    return [part for part in (opening, *thoughts, middle, close) if part]
