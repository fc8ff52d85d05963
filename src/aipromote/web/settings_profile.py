"""The organization's profile, part by part and as a file, and how late its posts may go out."""

from __future__ import annotations

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from aipromote import settings
from aipromote.briefs import profile
from aipromote.briefs.steps import label_of
from aipromote.documents.brief import BriefError, validate_brief
from aipromote.documents.brief.file import MAX_BYTES, dump_brief, read_brief
from aipromote.errors import InvalidInput, NotFound, StaleRevision
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Editing, Stay, Viewing
from aipromote.languages import Lazy, _, lazy, ngettext
from aipromote.organizations import actions as organizations
from aipromote.scheduling.leaning import waiting
from aipromote.web import parts_of_brief
from aipromote.web.parts_of_brief import Part, Refused
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/settings/profile"

PARTS: Final = (
    Part(
        "basics",
        lazy("Basics"),
        lazy("What it is called, and what it does for whom."),
        ("name", "description", "tagline", "category", "url", "pricing", "stage", "markets", "founders"),
    ),
    Part(
        "audience",
        lazy("Audience"),
        lazy("Who it is for, and what keeps them from what they want."),
        ("icp.personas", "icp.jobs_to_be_done", "icp.pain_points", "icp.industries", "icp.priority_segments"),
    ),
    Part(
        "positioning",
        lazy("Positioning"),
        lazy("Why you and nobody else. What proves it stands among the facts."),
        ("positioning.usp", "positioning.differentiators", "positioning.competitors"),
    ),
    Part(
        "voice",
        lazy("Voice"),
        lazy("Sentences that sound like you, and pictures. Tone, words and hashtags stand among the brand rules."),
        ("brand.example_content", "assets"),
    ),
    Part(
        "goals",
        lazy("Goals"),
        lazy("What marketing is to achieve, and where. The next plan is written by it; today’s plan stays as it is."),
        ("goals.platforms", "goals.frequency.posts_per_week", "goals.frequency.per_platform", "goals.kpis"),
    ),
    Part(
        "constraints",
        lazy("Constraints"),
        lazy("What writers have to mind. What is checked in every text stands among the brand rules."),
        ("constraints.compliance_notes",),
    ),
    Part(
        "time",
        lazy("Time and languages"),
        lazy("By whose clocks posts go out, and in which language they are written."),
        ("time_zone", "languages"),
    ),
)
_BY_KEY: Final = {part.key: part for part in PARTS}
_FILE: Final = "file"
NAMES: Final[dict[str, Lazy]] = {**{part.key: part.title for part in PARTS}, _FILE: lazy("As a file")}
LATE: Final = (15, 60, 240, 1440, 4320, 10_080)
"""Minutes that are offered; another one that was set by a command is shown, too."""


@router.get(_PAGE)
async def first_page(request: Request, stay: Viewing) -> Response:
    """The basics."""
    return await _shown(request, stay, PARTS[0])


@router.get(_PAGE + "/brief.yaml")
async def download(stay: Viewing) -> Response:
    """The profile as a file, with the brand rules as they count now."""
    _organization, values = await profile.profile(stay.session, organization_id=stay.organization_id)
    text = dump_brief(validate_brief(values, source="the profile"))
    headers = {"content-disposition": 'attachment; filename="brief.yaml"'}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


@router.post(_PAGE + "/" + _FILE)
async def upload(
    request: Request,
    stay: Editing,
    text: Annotated[str, Form()] = "",
    version: Annotated[int, Form()] = 0,
    file: UploadFile | None = None,
) -> Response:
    """Put a whole other profile in its place; or show every mistake with its line, and the text as it was."""
    raw = text.replace("\r\n", "\n").encode()
    if file is not None and file.filename:
        raw = await file.read(MAX_BYTES + 1)
    typed = raw.decode("utf-8", "replace")
    try:
        brief = read_brief(raw, source="brief.yaml")
        async with stay.trying():
            await profile.replace(
                stay.session, stay.actor, organization_id=stay.organization_id, brief=brief, version=version
            )
    except BriefError as refused:
        lines = [f"{one.line or ''} {one.field}: {one.message}".strip() for one in refused.problems]
        return await _file_shown(request, stay, typed=typed, problems=lines, status=422)
    except StaleRevision as refused:
        return await _file_shown(request, stay, typed=typed, problems=[refused.message], status=409)
    told = _("Replaced. Proof points of the file are facts now; facts that were there stay.")
    return see_other(f"{_PAGE}/{_FILE}", Notice(told))


@router.post(_PAGE + "/late")
async def late(stay: Administering, minutes: Annotated[str, Form()] = "") -> Response:
    """How late a post may still go out."""
    try:
        async with stay.trying():
            await organizations.set_late_window(
                stay.session,
                stay.actor,
                organization_id=stay.organization_id,
                minutes=int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 7 else None,  # noqa: PLR2004 -- beyond any use
            )
    except InvalidInput as refused:
        return see_other(f"{_PAGE}/time", Notice(refused.message, "bad"))
    return see_other(f"{_PAGE}/time", Notice(_("Saved. Posts that are on their way obey it, too.")))


@router.get(_PAGE + "/{part}")
async def part_page(request: Request, stay: Viewing, part: str) -> Response:
    """One part."""
    if part == _FILE:
        return await _file_shown(request, stay)
    return await _shown(request, stay, _part(part))


@router.post(_PAGE + "/{part}")
async def save(request: Request, stay: Editing, part: str) -> Response:
    """Keep one part."""
    chosen = _part(part)
    zone, spoken = stay.organization.time_zone, list(stay.organization.languages)
    refused = await parts_of_brief.save(stay, chosen, await request.form())
    if refused is not None:
        return await _shown(request, stay, chosen, refused=refused, status=refused.status)
    details: list[str] = []
    if stay.organization.time_zone != zone:
        details.append(await _waiting_told(stay, zone))
    if stay.organization.languages[0] != spoken[0]:
        details.append(
            _(
                "Texts that are written stay in their language. New ones are written in %(language)s, and all "
                "are checked by its words.",
                language=stay.organization.languages[0],
            )
        )
    return see_other(f"{_PAGE}/{part}", Notice(_("Saved."), details=tuple(details)))


async def _waiting_told(stay: Stay, before: str) -> str:
    """What another zone means for posts that are scheduled: they keep their moment."""
    found = await waiting(stay.session, organization_id=stay.organization_id)
    if not found.count or found.first is None:
        return _("No post is scheduled yet. New ones go by the clocks of %(zone)s.", zone=stay.organization.time_zone)
    was, now_ = (found.first.astimezone(ZoneInfo(zone)) for zone in (before, stay.organization.time_zone))
    return ngettext(
        "%(num)s scheduled post keeps its moment: the next one, at %(was)s before, reads %(now)s here.",
        "%(num)s scheduled posts keep their moment: the next one, at %(was)s before, reads %(now)s here.",
        found.count,
        was=f"{was:%H:%M}",
        now=f"{now_:%H:%M}",
    )


def _part(key: str) -> Part:
    if key not in _BY_KEY:
        raise NotFound("There is no such page.")
    return _BY_KEY[key]


async def _shown(
    request: Request, stay: Stay, part: Part, *, status: int = 200, refused: Refused | None = None
) -> Response:
    organization, values = await profile.profile(stay.session, organization_id=stay.organization_id)
    more: dict[str, Any] = {"waiting": None}
    if part.key == "time":
        more["waiting"] = await waiting(stay.session, organization_id=stay.organization_id)
    return page(
        request,
        "settings_profile.html",
        stay=stay,
        status=status,
        shown=parts_of_brief.shown(part, values, refused),
        names=NAMES,
        here_is=part.key,
        label_of_field=label_of,
        late=organization.late_minutes,
        offered=sorted({*LATE, *([organization.late_minutes] if organization.late_minutes else [])}),
        usual=round(settings.get().late_hours * 60),
        **more,
    )


async def _file_shown(
    request: Request, stay: Stay, *, typed: str = "", problems: list[str] | None = None, status: int = 200
) -> Response:
    organization, values = await profile.profile(stay.session, organization_id=stay.organization_id)
    text = typed or dump_brief(validate_brief(values, source="the profile"))
    return page(
        request,
        "settings_profile_file.html",
        stay=stay,
        status=status,
        text=text,
        problems=problems or [],
        version=organization.brief_version,
        names=NAMES,
        here_is=_FILE,
    )
