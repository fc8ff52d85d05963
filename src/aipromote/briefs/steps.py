"""The six steps of the interview: which fields each asks for, and what is wrong with what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from aipromote.documents.brief import Brief, BriefError, Problem, validate_brief

Kind = Literal["line", "text", "lines", "choice", "ticks", "pairs", "groups", "date"]


@dataclass(frozen=True, slots=True)
class Question:
    """One field. `path` is dotted inside of the brief; `parts` are the columns of a list of groups."""

    path: str
    label: str
    kind: Kind = "line"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    parts: tuple[Question, ...] = ()
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the interview."""

    key: str
    title: str
    lead: str
    questions: tuple[Question, ...]


_STAGES = (("", "Not said"), ("idea", "An idea"), ("pre-seed", "Pre-seed"), ("seed", "Seed"), ("series-a", "Series A"),
           ("series-b", "Series B"), ("growth", "Growth"))  # fmt: skip
_PROOFS = (
    ("metric", "A number"),
    ("customer", "A customer"),
    ("award", "An award"),
    ("press", "Press"),
    ("other", "Other"),
)
_PLATFORMS = (
    ("x", "X"), ("linkedin", "LinkedIn"), ("bluesky", "Bluesky"), ("mastodon", "Mastodon"), ("threads", "Threads"),
    ("instagram", "Instagram"), ("facebook", "Facebook"), ("reddit", "Reddit"), ("tiktok", "TikTok"),
    ("youtube-shorts", "YouTube Shorts"), ("pinterest", "Pinterest"), ("devto", "dev.to"), ("wordpress", "WordPress"),
    ("telegram", "Telegram"), ("discord", "Discord"), ("slack", "Slack"), ("sandbox", "Sandbox (nothing is public)"),
)  # fmt: skip
_ASSETS = tuple(
    (kind, kind.replace("_", " "))
    for kind in ("logo", "screenshot", "image", "video", "document", "avatar", "banner", "case_study", "pitch_deck")
)
_PACKS = (("finance", "Finance"), ("health", "Health"), ("advertising", "Advertising must be marked"))

STEPS = (
    Step("basics", "The basics", "What it is called, and what it does for whom.", (
        Question("name", "Name", is_needed=True),
        Question("description", "What does it do, and for whom?", "text", "One sentence is enough. Example: Pagerlane "
                 "is a self-hosted alert router for small platform teams.", is_needed=True),
        Question("tagline", "Tagline"),
        Question("category", "Category", hint="Developer tools, bakery, fintech …"),
        Question("url", "Website", hint="https://…"),
        Question("pricing", "Pricing, in words", hint="From 29 € a month. It may be told as it stands here."),
        Question("stage", "Stage", "choice", choices=_STAGES),
        Question("markets", "Markets", "lines", "Countries or regions, one on each line."),
        Question("languages", "Languages", "lines", "Tags such as en or pt-BR. Posts are written in the first one."),
        Question("time_zone", "Your audience's time zone", hint="Europe/Berlin, America/New_York …"),
        Question("founders", "Founders", "groups", parts=(
            Question("name", "Name"), Question("role", "Role"), Question("linkedin_url", "LinkedIn address"),
            Question("twitter_handle", "Handle on X"), Question("email", "E-mail"),
            Question("image_url", "Picture's address"), Question("bio", "In a few sentences"),
            Question("is_primary", "Whose voice posts take", "choice", choices=(("", "No"), ("true", "Yes"))))),
    )),
    Step("audience", "Your audience", "Who it is for, and what keeps them from what they want.", (
        Question("icp.personas", "People who use or buy it", "groups",
                 parts=(Question("name", "Who"), Question("description", "What they are like"))),
        Question("icp.jobs_to_be_done", "What they want to get done", "lines", "One on each line."),
        Question("icp.pain_points", "What keeps them from it today", "lines", "One on each line."),
        Question("icp.industries", "Industries", "lines", "One on each line."),
        Question("icp.priority_segments", "Whom to win first", "lines", "One on each line."),
    )),
    Step("proof", "Positioning and proof", "Why you, and what you can show for it. Nothing else will be claimed.", (
        Question("positioning.usp", "The one reason to choose it"),
        Question("positioning.differentiators", "What else makes it different", "lines", "One on each line."),
        Question("proof_points", "Proof points", "groups", "Posts may say each, because there is a source.", parts=(
            Question("statement", "What may be said"), Question("source", "Where it can be checked"),
            Question("kind", "Kind", "choice", choices=_PROOFS),
            Question("expires", "Last day on which it may be said", "date"))),
        Question("positioning.competitors", "Competitors", "groups", "They are never named in posts.", parts=(
            Question("name", "Name"), Question("url", "Website"), Question("note", "Note"))),
    )),
    Step("brand", "Your voice", "How it sounds when you speak.", (
        Question("brand.tone", "Tone", hint="Dry, precise, kind …"),
        Question("brand.voice", "Voice", hint="Engineers talking to engineers …"),
        Question("brand.words_to_use", "Words to use", "lines", "One on each line."),
        Question("brand.words_to_avoid", "Words to avoid", "lines",
                 "Found with their usual endings, never inside of other words."),
        Question("brand.hashtags.allowed", "Hashtags to use", "lines", "Where given, no others are used."),
        Question("brand.hashtags.forbidden", "Hashtags to avoid", "lines"),
        Question("brand.example_content", "Sentences that sound right", "lines", "One on each line."),
        Question("brand.legal_disclaimer", "A sentence that every post must carry"),
        Question("assets", "Logo and pictures", "groups", parts=(
            Question("location", "Address"), Question("kind", "Kind", "choice", choices=_ASSETS),
            Question("title", "Title"), Question("alt_text", "What is to be seen"),
            Question("description", "Description"), Question("tags", "Tags", "lines"))),
    )),
    Step("goals", "Goals and platforms", "What marketing is to achieve, and where.", (
        Question("goals.platforms", "Where you want to post", "ticks", "Else X and LinkedIn.", _PLATFORMS),
        Question("goals.frequency.posts_per_week", "Posts a week, all together",
                 hint="Left out: what suits each platform."),
        Question("goals.frequency.per_platform", "Posts a week for each", "pairs", "x: 4, one on each line."),
        Question("goals.kpis", "Numbers to reach", "groups", parts=(
            Question("metric", "What is counted"), Question("target", "Target"),
            Question("time_frame", "In which time"))),
    )),
    Step("review", "Limits and review", "What must not be said, and who looks at each post.", (
        Question("constraints.claims_to_avoid", "Claims to avoid", "lines", "Blocked whatever facts there are."),
        Question("constraints.compliance_notes", "Compliance notes", "text"),
        Question("constraints.rule_packs", "Rules of an industry", "ticks", "", _PACKS),
        Question("approval", "Before a post goes out", "choice", "", (
            ("manual", "A person approves it"), ("auto", "It goes out when nothing speaks against it"))),
    )),
)  # fmt: skip
BY_KEY = {step.key: step for step in STEPS}


def step_of(field: str) -> str:
    """The step that asks for a field, named as in problems (`icp.personas[2].name`) or suggestions."""
    bare = field.split("[", maxsplit=1)[0]
    for step in STEPS:
        for question in step.questions:
            if bare == question.path or bare.startswith(f"{question.path}.") or question.path.startswith(f"{bare}."):
                return step.key
    return STEPS[0].key


def label_of(field: str) -> str:
    """What a field is called on the page that asks for it; the last of its groups is counted from 1."""
    bare, _, rest = field.partition("[")
    for step in STEPS:
        for question in step.questions:
            if bare == question.path or bare.startswith(f"{question.path}."):
                number = f", number {rest.split(']')[0]}" if rest else ""
                return question.label + number
    return field


def whole(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The values of all steps as one brief, perhaps not a valid one yet."""
    found: dict[str, Any] = {}
    for step in STEPS:
        _lay_over(found, values.get(step.key, {}))
    return found


def _lay_over(base: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _lay_over(base[key], value)
        else:
            base[key] = deepcopy(value)


def problems_of(values: Mapping[str, Any]) -> dict[str, list[Problem]]:
    """What is wrong with a whole brief, by step. No entry for a step with nothing wrong."""
    try:
        brief_of(values)
    except BriefError as error:
        found: dict[str, list[Problem]] = {}
        for problem in error.problems:
            found.setdefault(step_of(problem.field), []).append(problem)
        return found
    return {}


def brief_of(values: Mapping[str, Any]) -> Brief:
    """The brief. Raises BriefError with every problem."""
    return validate_brief(dict(values), source="the interview")


def split(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A whole brief's values by the step that asks for each."""
    found: dict[str, dict[str, Any]] = {}
    for step in STEPS:
        for question in step.questions:
            value = value_at(values, question.path)
            if value is not None:
                put(found.setdefault(step.key, {}), question.path, value)
    return found


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    here: Any = values
    for key in path.split("."):
        here = here.get(key) if isinstance(here, Mapping) else None
    return here


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Lay a value down at a dotted path."""
    *groups, last = path.split(".")
    for group in groups:
        values = values.setdefault(group, {})
    values[last] = deepcopy(value)
