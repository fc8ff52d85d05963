"""Brand rules, each saved on its own, beside a box to try a text against them before they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from aipromote.brand import queries as brand
from aipromote.brand.check import rules_of
from aipromote.brand.queries import Judge
from aipromote.briefs import profile
from aipromote.briefs.steps import label_of, put, value_at
from aipromote.documents.brief import BriefError, validate_brief
from aipromote.documents.vocabulary import Platform
from aipromote.errors import NotFound
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Editing, Stay, Viewing
from aipromote.languages import Lazy, _, lazy
from aipromote.web import parts_of_brief, trying
from aipromote.web.answers import values_of
from aipromote.web.parts_of_brief import Part, Refused
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/settings/brand"

PARTS: Final = (
    Part(
        "voice",
        lazy("Tone and voice"),
        lazy("Writers follow it. Nothing is checked against it, so nothing is ever stopped by it."),
        ("brand.tone", "brand.voice"),
        lazy("Tone: dry, precise, kind. Voice: engineers talking to engineers."),
    ),
    Part(
        "words",
        lazy("Words"),
        lazy("A text with a word to avoid is stopped; words to use are an encouragement only."),
        ("brand.words_to_use", "brand.words_to_avoid"),
        lazy("With “cheap” to avoid, “cheaper” is stopped and “cheapskate” is not."),
    ),
    Part(
        "claims",
        lazy("Claims"),
        lazy("What must never be said, whatever facts there are. A text that says it is stopped."),
        ("constraints.claims_to_avoid",),
        lazy("“guaranteed returns”, “the only one”, “clinically proven”"),
    ),
    Part(
        "hashtags",
        lazy("Hashtags"),
        lazy("Where some are to be used, every other one is stopped. Leave them empty to allow all."),
        ("brand.hashtags.allowed", "brand.hashtags.forbidden"),
        lazy("buildinpublic, with or without the number sign, one on each line"),
    ),
    Part(
        "disclaimer",
        lazy("Disclaimer"),
        lazy("A sentence that every post has to carry. A text without it is stopped; writers add it."),
        ("brand.legal_disclaimer",),
        lazy("Capital at risk."),
    ),
    Part(
        "packs",
        lazy("Rules of your industry"),
        lazy("Wordings that need care there, each with its source. They know words and not meanings: no legal advice."),
        ("constraints.rule_packs",),
        lazy("With Finance, “risk-free” is found. With Advertising, a paid partnership has to be marked as such."),
    ),
)
_BY_KEY = {part.key: part for part in PARTS}
ALWAYS: Final[tuple[tuple[Lazy, Lazy], ...]] = (
    (lazy("Stops a text"), lazy("A number, a superlative or a customer’s name without a fact that proves it.")),
    (lazy("Stops a text"), lazy("More characters, parts or hashtags than the network takes.")),
    (lazy("Stops a text"), lazy("A placeholder that nobody filled in, such as [name].")),
    (lazy("A hint"), lazy("Text that is hard to read, sentences of more than 35 words, shouting, many emoji.")),
    (lazy("A hint"), lazy("Rude words, and what looks like somebody’s private data.")),
    (lazy("A hint"), lazy("What a network is known to dislike, such as a link in the wrong place.")),
)
"""What is checked in every text, whatever the rules."""


@router.get(_PAGE)
async def brand_page(request: Request, stay: Viewing) -> Response:
    """All rules."""
    return await _shown(request, stay)


@router.post(_PAGE + "/try")
async def try_text(
    request: Request,
    stay: Viewing,
    text: Annotated[str, Form()] = "",
    platform: Annotated[Platform, Form()] = trying.NETWORKS[0],
) -> Response:
    """Check a text against the rules as they stand in the forms, if these came along, or as they are saved."""
    form = await request.form()
    _organization, values = await profile.profile(stay.session, organization_id=stay.organization_id)
    judge, is_unsaved, problem = await _judge(stay, values, form)
    tried = trying.tried(judge, text, platform)
    return await _shown(request, stay, values=values, tried=tried, is_unsaved=is_unsaved, untried=problem)


@router.post(_PAGE + "/{part}")
async def save(request: Request, stay: Editing, part: str) -> Response:
    """Keep one of them."""
    if part not in _BY_KEY:
        raise NotFound("There is no such page.")
    chosen = _BY_KEY[part]
    refused = await parts_of_brief.save(stay, chosen, await request.form())
    if refused is not None:
        return await _shown(request, stay, refused={part: refused}, status=refused.status)
    told = _("Saved. Posts that wait are checked by the new rules before they go out.")
    return see_other(f"{_PAGE}#{part}", Notice(told))


async def _judge(stay: Stay, values: Mapping[str, Any], form: FormData) -> tuple[Judge, bool, str]:
    """By the rules as typed, if they came along and fit; whether they differ from the saved ones; what does not fit."""
    facts = tuple(await brand.facts(stay.session, organization_id=stay.organization_id))
    saved = validate_brief(values, source="the profile")
    typed: dict[str, Any] = {}
    for part in PARTS if "seen" in form else ():
        answers = values_of(part.step, form)
        for path in part.paths:
            put(typed, path, value_at(answers, path))
    try:
        wanted = validate_brief(_overlaid(values, typed), source="the profile")
    except BriefError as error:
        first = error.problems[0]
        told = _(
            "The rules as typed do not fit, so the saved ones were used. %(field)s: %(problem)s",
            field=label_of(first.field),
            problem=first.message,
        )
        return Judge(rules_of(saved), facts), False, told
    return Judge(rules_of(wanted), facts), rules_of(wanted) != rules_of(saved), ""


def _overlaid(values: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The brief's values with those that were typed in their places; what was emptied is left out."""
    found = {key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items()}
    for key, value in typed.items():
        if isinstance(value, Mapping):
            found[key] = _overlaid(found.get(key) or {}, value)
        elif value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return found


async def _shown(
    request: Request,
    stay: Stay,
    *,
    status: int = 200,
    values: Mapping[str, Any] | None = None,
    refused: Mapping[str, Refused] | None = None,
    tried: trying.Tried | None = None,
    is_unsaved: bool = False,
    untried: str = "",
) -> Response:
    if values is None:
        _organization, values = await profile.profile(stay.session, organization_id=stay.organization_id)
    not_taken = refused or {}
    return page(
        request,
        "settings_brand.html",
        stay=stay,
        status=status,
        parts=[parts_of_brief.shown(part, values, not_taken.get(part.key)) for part in PARTS],
        always=ALWAYS,
        networks=trying.NETWORKS,
        tried=tried,
        is_unsaved=is_unsaved,
        untried=untried,
        label_of_field=label_of,
    )
