"""The six steps of the interview: which fields each asks for, and what is wrong with what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from aipromote.documents.brief import Brief, BriefError, Problem, validate_brief
from aipromote.languages import N_

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


_STAGES = (("", N_("Not said")), ("idea", N_("An idea")), ("pre-seed", "Pre-seed"), ("seed", "Seed"),
           ("series-a", "Series A"), ("series-b", "Series B"), ("growth", N_("Growth")))  # fmt: skip
_PROOFS = (
    ("metric", N_("A number")),
    ("customer", N_("A customer")),
    ("award", N_("An award")),
    ("press", N_("Press")),
    ("other", N_("Other")),
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
_PACKS = (("finance", N_("Finance")), ("health", N_("Health")), ("advertising", N_("Advertising must be marked")))

STEPS = (
    Step("basics", N_("The basics"), N_("What it is called, and what it does for whom."), (
        Question("name", N_("Name"), is_needed=True),
        Question("description", N_("What does it do, and for whom?"), "text",
                 N_("One sentence is enough. Example: Pagerlane "
                 "is a self-hosted alert router for small platform teams."), is_needed=True),
        Question("tagline", N_("Tagline")),
        Question("category", N_("Category"), hint=N_("Developer tools, bakery, fintech …")),
        Question("url", N_("Website"), hint="https://…"),
        Question("pricing", N_("Pricing, in words"), hint=N_("From 29 € a month. It may be told as it stands here.")),
        Question("stage", N_("Stage"), "choice", choices=_STAGES),
        Question("markets", N_("Markets"), "lines", N_("Countries or regions, one on each line.")),
        Question("languages", N_("Languages"), "lines",
                 N_("Tags such as en or pt-BR. Posts are written in the first one.")),
        Question("time_zone", N_("Your audience's time zone"), hint="Europe/Berlin, America/New_York …"),
        Question("founders", N_("Founders"), "groups", parts=(
            Question("name", N_("Name")), Question("role", N_("Role")),
            Question("linkedin_url", N_("LinkedIn address")),
            Question("twitter_handle", N_("Handle on X")), Question("email", N_("E-mail")),
            Question("image_url", N_("Picture's address")), Question("bio", N_("In a few sentences")),
            Question("is_primary", N_("Whose voice posts take"), "choice",
                     choices=(("", N_("No")), ("true", N_("Yes")))))),
    )),
    Step("audience", N_("Your audience"), N_("Who it is for, and what keeps them from what they want."), (
        Question("icp.personas", N_("People who use or buy it"), "groups",
                 parts=(Question("name", N_("Who")), Question("description", N_("What they are like")))),
        Question("icp.jobs_to_be_done", N_("What they want to get done"), "lines", N_("One on each line.")),
        Question("icp.pain_points", N_("What keeps them from it today"), "lines", N_("One on each line.")),
        Question("icp.industries", N_("Industries"), "lines", N_("One on each line.")),
        Question("icp.priority_segments", N_("Whom to win first"), "lines", N_("One on each line.")),
    )),
    Step("proof", N_("Positioning and proof"),
         N_("Why you, and what you can show for it. Nothing else will be claimed."), (
        Question("positioning.usp", N_("The one reason to choose it")),
        Question("positioning.differentiators", N_("What else makes it different"), "lines", N_("One on each line.")),
        Question("proof_points", N_("Proof points"), "groups",
                 N_("Posts may say each, because there is a source."), parts=(
            Question("statement", N_("What may be said")), Question("source", N_("Where it can be checked")),
            Question("kind", N_("Kind"), "choice", choices=_PROOFS),
            Question("expires", N_("Last day on which it may be said"), "date"))),
        Question("positioning.competitors", N_("Competitors"), "groups", N_("They are never named in posts."), parts=(
            Question("name", N_("Name")), Question("url", N_("Website")), Question("note", N_("Note")))),
    )),
    Step("brand", N_("Your voice"), N_("How it sounds when you speak."), (
        Question("brand.tone", N_("Tone"), hint=N_("Dry, precise, kind …")),
        Question("brand.voice", N_("Voice"), hint=N_("Engineers talking to engineers …")),
        Question("brand.words_to_use", N_("Words to use"), "lines", N_("One on each line.")),
        Question("brand.words_to_avoid", N_("Words to avoid"), "lines",
                 N_("Found with their usual endings, never inside of other words.")),
        Question("brand.hashtags.allowed", N_("Hashtags to use"), "lines", N_("Where given, no others are used.")),
        Question("brand.hashtags.forbidden", N_("Hashtags to avoid"), "lines"),
        Question("brand.example_content", N_("Sentences that sound right"), "lines", N_("One on each line.")),
        Question("brand.legal_disclaimer", N_("A sentence that every post must carry")),
        Question("assets", N_("Logo and pictures"), "groups", parts=(
            Question("location", N_("Address")), Question("kind", N_("Kind"), "choice", choices=_ASSETS),
            Question("title", N_("Title")), Question("alt_text", N_("What is to be seen")),
            Question("description", N_("Description")), Question("tags", N_("Tags"), "lines"))),
    )),
    Step("goals", N_("Goals and platforms"), N_("What marketing is to achieve, and where."), (
        Question("goals.platforms", N_("Where you want to post"), "ticks", N_("Else X and LinkedIn."), _PLATFORMS),
        Question("goals.frequency.posts_per_week", N_("Posts a week, all together"),
                 hint=N_("Left out: what suits each platform.")),
        Question("goals.frequency.per_platform", N_("Posts a week for each"), "pairs", N_("x: 4, one on each line.")),
        Question("goals.kpis", N_("Numbers to reach"), "groups", parts=(
            Question("metric", N_("What is counted")), Question("target", N_("Target")),
            Question("time_frame", N_("In which time")))),
    )),
    Step("review", N_("Limits and review"), N_("What must not be said, and who looks at each post."), (
        Question("constraints.claims_to_avoid", N_("Claims to avoid"), "lines",
                 N_("Blocked whatever facts there are.")),
        Question("constraints.compliance_notes", N_("Compliance notes"), "text"),
        Question("constraints.rule_packs", N_("Rules of an industry"), "ticks", "", _PACKS),
        Question("approval", N_("Before a post goes out"), "choice", "", (
            ("manual", N_("A person approves it")), ("auto", N_("It goes out when nothing speaks against it")))),
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
