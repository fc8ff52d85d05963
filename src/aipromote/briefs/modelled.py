"""The extractor that asks a language model, after the rules: it points at passages, and what it says must stand there.

A draft belongs to a person, who may have no organization yet, and budgets belong to organizations. So these calls are
the instance's own: they are booked for the product's internal organization, with the budget that each organization
has, which all who have something read for a brief then share.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from aipromote.ai.errors import WriterFailed
from aipromote.ai.providers.ledger import OrganizationLedger
from aipromote.ai.providers.lineup import Lineup, lineup
from aipromote.db.database import Database
from aipromote.documents.brief import BriefError, validate_brief
from aipromote.errors import SetupError
from aipromote.organizations.actions import make_internal
from aipromote.organizations.models import INTERNAL_ORGANIZATION
from aipromote.reading.finding import speaks_to_machines
from aipromote.reading.merging import merged
from aipromote.reading.passages import Passage, Reading
from aipromote.reading.suggestion import Confidence, Extractor, Suggestion, suggest, verified
from aipromote.settings import Settings

MAX_SECONDS = 60.0
"""For all models together: somebody waits for the page."""
MOST = 30
_MAX_CHARACTERS = 24_000
_MAX_TOKENS = 6000
_SEEN = {"title", "meta", "heading", "text", "item", "quote"}
_ENDS = (".", "!", "?", "…", "。", "！", "？")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Path = Literal[
    "name", "tagline", "description", "category", "pricing", "markets", "founders", "icp.personas",
    "icp.jobs_to_be_done", "icp.pain_points", "icp.industries", "icp.priority_segments", "positioning.usp",
    "positioning.differentiators", "positioning.competitors", "proof_points", "brand.tone", "brand.voice",
    "brand.words_to_use", "brand.words_to_avoid", "brand.example_content", "constraints.claims_to_avoid",
]  # fmt: skip
_GROUPS = {
    "founders": ("name", "role"),
    "icp.personas": ("name", "description"),
    "positioning.competitors": ("name", "note"),
}
"""Fields that are groups: what the value is called in them, and the detail."""


class Pointed(BaseModel):
    """A value, and the number of the passage in which it stands."""

    model_config = ConfigDict(extra="ignore")

    path: Path
    value: Annotated[Words, StringConstraints(min_length=1)]
    detail: Words = ""
    passage: int


class Pointers(BaseModel):
    """What was found."""

    model_config = ConfigDict(extra="ignore")

    found: Annotated[list[Pointed], Field(max_length=200)]


class ByModel:
    """Asks the models that are set up, in their order. Raises WriterFailed and SetupError, in words for people."""

    name = "model/1"

    def __init__(self, config: Settings, *, database: Database) -> None:
        self._config = config
        self._database = database

    async def suggest(self, readings: Sequence[Reading]) -> list[Suggestion]:
        """Values that stand in a passage that was sent. All of them are guesses: a person has to choose each."""
        wanted, sent = lineup(self._config), _chosen(readings)
        if not wanted.models or not sent:
            return []
        async with self._database.transaction(INTERNAL_ORGANIZATION) as session:
            await make_internal(session)
        try:
            async with asyncio.timeout(MAX_SECONDS):
                found = await self._asked(wanted, sent)
        except TimeoutError:
            raise WriterFailed(f"It took longer than {MAX_SECONDS:.0f} seconds.") from None
        return _kept(found, sent)

    async def _asked(self, wanted: Lineup, sent: Sequence[tuple[Reading, Passage]]) -> list[Pointed]:
        models = await asyncio.to_thread(self._models, wanted)
        passages = [
            {"passage": number, "in": passage.place, "under": passage.under, "text": _ADDRESS.sub("…", passage.text)}
            for number, (_, passage) in enumerate(sent)
        ]
        answer = await models.ask("brief", {"passages": passages, "most": MOST}, Pointers, max_tokens=_MAX_TOKENS)
        found: list[Pointed] = answer.value.found
        return found

    def _models(self, wanted: Lineup) -> Any:
        from aipromote.ai.providers.asking import Models  # noqa: PLC0415 -- large, and not needed without models
        from aipromote.ai.providers.building import preload  # noqa: PLC0415 -- likewise

        preload(name.provider for name in wanted.models)
        ledger = OrganizationLedger(self._database, INTERNAL_ORGANIZATION, self._config.ai_budget_cents)
        return Models(self._config, ledger, wanted)


def extractors(config: Settings, *, database: Database, rules: Extractor) -> list[Extractor]:
    """The rules, and after them a model where one is set up."""
    return [rules, ByModel(config, database=database)] if config.ai_models.strip() else [rules]


def reader(config: Settings) -> str:
    """Who reads along, in words for people; empty where nobody does."""
    try:
        return ", ".join(map(str, lineup(config).models))
    except SetupError:
        return ""


def _chosen(readings: Sequence[Reading]) -> list[tuple[Reading, Passage]]:
    """What people see of it, each passage once, as much as a model is sent; nothing that speaks to machines."""
    known: set[str] = set()
    chosen: list[tuple[Reading, Passage]] = []
    left = _MAX_CHARACTERS
    for reading in readings:
        for passage in reading.passages:
            is_seen = passage.kind in _SEEN and passage.text not in known
            if not is_seen or speaks_to_machines(f"{passage.under}\n{passage.text}"):
                continue
            known.add(passage.text)
            left -= len(passage.text)
            if left < 0:
                return chosen
            chosen.append((reading, passage))
    return chosen


def _kept(found: Iterable[Pointed], sent: Sequence[tuple[Reading, Passage]]) -> list[Suggestion]:
    """Those that stand in the very passage that they name, and that a brief could hold."""
    kept: list[Suggestion] = []
    for one in found:
        if not 0 <= one.passage < len(sent):
            continue
        reading, passage = sent[one.passage]
        if one.path == "proof_points" and not _is_whole(one.value, passage.text):
            continue
        alone = reading.model_copy(update={"passages": [passage], "language": ""})
        for detail in dict.fromkeys((one.detail, "")):  # a detail that was made up does not spoil the value
            suggestion = suggest(
                one.path, _value(one, detail, reading, passage), reading=reading, passage=passage,
                confidence=Confidence.GUESS,
            )  # fmt: skip
            if verified([suggestion], [alone]) and _fits(suggestion):
                kept.append(suggestion)
                break
    return kept[:MOST]


def _is_whole(value: str, text: str) -> bool:
    """Whether it is one or more whole sentences of the text. Half of one can say the opposite."""
    before, found, after = text.partition(value)
    ended = value.endswith(_ENDS) or not after.strip() or after.startswith(_ENDS)
    return bool(found) and ended and (not before.strip() or before.rstrip().endswith(_ENDS))


def _value(one: Pointed, detail: str, reading: Reading, passage: Passage) -> JsonValue:
    if one.path == "proof_points":
        source = reading.source if reading.form == "page" else f"{reading.source}, {passage.place}"
        return {"kind": "other", "statement": one.value, "source": source[:300]}
    if one.path in _GROUPS:
        name, more = _GROUPS[one.path]
        return {name: one.value, more: detail} if detail else {name: one.value}
    return one.value


def _fits(suggestion: Suggestion) -> bool:
    """Whether a brief takes the value."""
    values, _ = merged({}, [suggestion])
    try:
        validate_brief({"name": "x", "description": "x"} | values, source="brief")
    except BriefError:
        return False
    return True
