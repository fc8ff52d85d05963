# ruff: noqa: RUF012 -- Pydantic copies a mutable default for each instance
"""The shape of a brief. Only the name and one sentence are needed; everything else may be absent or null."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from aipromote.documents.brief.fields import (
    Day,
    Group,
    Hashtag,
    Language,
    Line,
    Lines,
    Link,
    NamedInShort,
    PerWeek,
    PlatformName,
    Target,
    Text,
    Texts,
    TimeZone,
    refuse,
)
from aipromote.documents.facts import Fact, FactKind
from aipromote.documents.vocabulary import Platform, Stage

AssetKind = Literal["logo", "screenshot", "video", "document", "image", "avatar", "banner", "case_study", "pitch_deck"]
RulePack = Literal["finance", "health", "advertising"]


class FounderProfile(Group):
    """A person behind the startup."""

    name: Line
    role: Line | None = None
    email: Line | None = None
    linkedin_url: Link | None = None
    twitter_handle: Line | None = None
    bio: Text | None = None
    image_url: Link | None = None
    is_primary: bool = False
    """The one whose voice the posts take; the first founder where nobody is marked."""


class Persona(Group):
    """A kind of person that buys or uses the product."""

    name: Line
    description: Text | None = None


class IdealCustomer(Group):
    """Who it is for."""

    personas: Annotated[list[Annotated[Persona, NamedInShort]], Field(max_length=20)] = []
    """A name, or a name with a description."""
    jobs_to_be_done: Lines = []
    """What they want to get done."""
    pain_points: Lines = []
    """What keeps them from it today."""
    industries: Lines = []
    priority_segments: Lines = []
    """Whom to win first."""


class Competitor(Group):
    """Somebody the audience compares the startup with."""

    name: Line
    url: Link | None = None
    note: Text | None = None


class Positioned(Group):
    """What makes it different."""

    usp: Line | None = None
    """The one reason to choose it, as a sentence."""
    differentiators: Lines = []
    competitors: Annotated[list[Annotated[Competitor, NamedInShort]], Field(max_length=20)] = []


class ProofPoint(Group):
    """Something that may be claimed because there is a source for it. It becomes a fact."""

    kind: FactKind = FactKind.OTHER
    statement: Line
    source: Line
    """Where it can be checked: a link, a document, a person."""
    expires: Day | None = None
    """The last day on which it may be said."""


class HashtagRules(Group):
    """Hashtags, with or without the number sign."""

    allowed: Annotated[list[Hashtag], Field(max_length=50)] = []
    """Where this is given, no others are used."""
    forbidden: Annotated[list[Hashtag], Field(max_length=50)] = []


class BrandVoice(Group):
    """How the startup speaks."""

    tone: Line | None = None
    voice: Line | None = None
    words_to_use: Lines = []
    words_to_avoid: Lines = []
    hashtags: HashtagRules = HashtagRules()
    example_content: Texts = []
    """Posts or sentences that sound right."""
    legal_disclaimer: Line | None = None
    """A sentence that every post must carry."""


class Kpi(Group):
    """A number to reach."""

    metric: Line
    target: Target | None = None
    time_frame: Line | None = None


class Frequency(Group):
    """How often to post. Left out: what suits each platform."""

    posts_per_week: PerWeek | None = None
    """All platforms together."""
    per_platform: dict[PlatformName, PerWeek] = {}

    @model_validator(mode="after")
    def _parts_fit_the_whole(self) -> Self:
        parts = sum(self.per_platform.values())
        if self.posts_per_week is not None and parts > self.posts_per_week:
            raise refuse(parts, f"per_platform to add up to at most posts_per_week ({self.posts_per_week})")
        return self


class Goals(Group):
    """What marketing is to achieve, and where."""

    kpis: Annotated[list[Kpi], Field(max_length=20)] = []
    platforms: Annotated[list[PlatformName], Field(min_length=1)] = [Platform.TWITTER, Platform.LINKEDIN]
    frequency: Frequency = Frequency()

    @model_validator(mode="after")
    def _each_platform_once(self) -> Self:
        self.platforms = list(dict.fromkeys(self.platforms))
        unknown = [platform.label for platform in self.frequency.per_platform if platform not in self.platforms]
        if unknown:
            raise refuse(", ".join(unknown), "frequency.per_platform to name only platforms listed in goals.platforms")
        return self


class BriefAsset(Group):
    """A file or a page that posts may show."""

    location: Line
    """A path beside the brief, or an address."""
    kind: AssetKind = "image"
    title: Line | None = None
    alt_text: Line | None = None
    description: Text | None = None
    tags: Lines = []


class Constraints(Group):
    """What must not be said."""

    compliance_notes: Text | None = None
    claims_to_avoid: Lines = []
    rule_packs: list[RulePack] = []
    """Ready-made rules of an industry."""


class Brief(Group):
    """All that a founder tells about the startup."""

    name: Line
    description: Text
    """What it does and for whom; one sentence is enough."""
    tagline: Line | None = None
    category: Line | None = None
    """Such as "developer tools", "bakery", "fintech"."""
    url: Link | None = None
    pricing: Line | None = None
    """In words: "from 29 € a month"."""
    stage: Stage | None = None
    markets: Lines = []
    """Countries or regions."""
    languages: Annotated[list[Language], Field(min_length=1)] = ["en"]
    """Posts are written in the first one."""
    time_zone: TimeZone = "UTC"
    """The audience's; posting times are meant in it."""
    founders: Annotated[list[Annotated[FounderProfile, NamedInShort]], Field(max_length=20)] = []
    icp: IdealCustomer = IdealCustomer()
    positioning: Positioned = Positioned()
    proof_points: Annotated[list[ProofPoint], Field(max_length=100)] = []
    brand: BrandVoice = BrandVoice()
    goals: Goals = Goals()
    assets: Annotated[list[BriefAsset], Field(max_length=100)] = []
    constraints: Constraints = Constraints()
    approval: Literal["manual", "auto"] = "manual"
    """Whether a person looks at each post before it goes out."""

    @model_validator(mode="after")
    def _one_primary_founder(self) -> Self:
        primary = [founder.name for founder in self.founders if founder.is_primary]
        if len(primary) > 1:
            raise refuse(", ".join(primary), "at most one founder with is_primary: true")
        return self


def facts_of(brief: Brief) -> list[Fact]:
    """The brief's proof points as facts, in their order."""
    return [
        Fact(statement=point.statement, source=point.source, kind=point.kind, expires=point.expires)
        for point in brief.proof_points
    ]


def brief_json_schema() -> dict[str, Any]:
    """The brief as JSON Schema, for editors and for other programs."""
    return Brief.model_json_schema()
