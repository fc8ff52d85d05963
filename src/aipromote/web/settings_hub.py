"""All settings at a glance: where each is changed, and what stands there now in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock
from aipromote.accounts.states import UserRole
from aipromote.brand import queries as brand
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.briefs import profile
from aipromote.channels.standing import Standing, State, standings
from aipromote.documents.facts import Fact
from aipromote.http.visits import Stay, Viewing
from aipromote.languages import _, ngettext
from aipromote.organizations import queries as organizations
from aipromote.organizations.models import Invitation
from aipromote.organizations.states import Role
from aipromote.web.render import page

router = APIRouter()
_WELL = frozenset({State.CONNECTED, State.DISCONNECTED})


@dataclass(frozen=True, slots=True)
class Line:
    """A page, what it is for, and how it stands. `needs` says that somebody should look at it."""

    address: str
    label: str
    about: str
    stands: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together."""

    title: str
    lines: list[Line]


@router.get("/settings")
async def hub(request: Request, stay: Viewing) -> Response:
    """All of them."""
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    rules = await profile.rules_of(stay.session, **mine)
    facts = await brand.facts(stay.session, **mine)
    accounts = await standings(stay.session, **mine)
    members = len(await organizations.team(stay.session, **mine))
    invited = await organizations.open_invitations(stay.session, **mine)
    groups = [
        Group(_("What is said"), [_profile(stay), _brand(rules), _facts(facts)]),
        Group(_("How it goes out"), [_channels(accounts), _approval(rules), *_outward()]),
        Group(_("People and programs"), _people(stay, members, invited)),
        Group(_("You"), _own()),
        Group(_("Data and the instance"), _data(stay)),
    ]
    return page(request, "settings.html", stay=stay, groups=groups)


def _profile(stay: Stay) -> Line:
    organization = stay.organization
    stands = _(
        "%(zone)s, written in %(languages)s", zone=organization.time_zone, languages=", ".join(organization.languages)
    )
    return Line("/settings/profile", _("Profile"), _("Who you are, for whom, and what you want to achieve"), stands)


def _brand(rules: BrandRule | None) -> Line:
    label, about = _("Brand rules"), _("Words, hashtags, disclaimers and rules of your industry")
    if rules is None:
        return Line("/settings/brand", label, about, _("no rules yet"))
    avoided = len(rules.forbidden_phrases) + len(rules.claims_to_avoid) + len(rules.forbidden_hashtags)
    stands = ngettext("%(num)s thing not to say", "%(num)s things not to say", avoided)
    stands = stands if avoided else _("nothing is forbidden yet")
    return Line("/settings/brand", label, about, stands)


def _facts(facts: Sequence[Fact]) -> Line:
    today = clock.now().date()
    states = [fact.state_on(today) for fact in facts]
    ended, soon = states.count("expired"), states.count("ends soon")
    needs = [
        ngettext("%(num)s ended", "%(num)s ended", ended) if ended else "",
        ngettext("%(num)s ends soon", "%(num)s end soon", soon) if soon else "",
    ]
    stands = ngettext("%(num)s fact", "%(num)s facts", len(facts))
    return Line("/facts", _("Facts"), _("What may be claimed, and what proves it"), stands, _list(needs))


def _channels(accounts: Sequence[Standing]) -> Line:
    connected = [one for one in accounts if one.state not in {State.DISCONNECTED, State.TURNED_AWAY}]
    troubled = sum(one.state not in _WELL for one in accounts)
    stands = ngettext("%(num)s account connected", "%(num)s accounts connected", len(connected))
    needs = ngettext("%(num)s needs you", "%(num)s need you", troubled) if troubled else ""
    if not accounts:
        stands, needs = "", _("no account connected yet")
    return Line("/channels", _("Connections"), _("Accounts of networks, and how each stands"), stands, needs)


def _approval(rules: BrandRule | None) -> Line:
    mode = rules.approval_mode if rules is not None else ApprovalMode.MANUAL
    conditions = rules.auto_approval_rules if rules is not None else None
    is_on = conditions is not None and conditions.enabled and bool(conditions.conditions)
    words = {
        ApprovalMode.MANUAL: _("a person approves every post"),
        ApprovalMode.AUTO: _("posts go out unless the check stops them"),
        ApprovalMode.CONDITIONAL: _("posts that rules describe go out by themselves"),
    }
    shown = ApprovalMode.MANUAL if mode is ApprovalMode.CONDITIONAL and not is_on else mode
    return Line("/approval", _("Approval"), _("Who looks at a post before it goes out"), words[shown])


def _outward() -> list[Line]:
    return [
        Line("/review-links", _("Review links"), _("Let somebody without an account look at posts and comment")),
        Line("/content/templates", _("Templates and signatures"), _("Beginnings of texts, and what ends them")),
        Line("/content/feeds", _("Feeds"), _("Blogs whose articles become drafts")),
    ]


def _people(stay: Stay, members: int, invited: Sequence[Invitation]) -> list[Line]:
    now = clock.now()
    waiting = sum(one.expires_at > now for one in invited)
    people = ngettext("%(num)s person", "%(num)s people", members)
    asked = ngettext("%(num)s invited", "%(num)s invited", waiting) if waiting else ""
    lines = [
        Line("/team", _("Team"), _("Who belongs to it, and what each may do"), _list([people, asked])),
        Line("/keys", _("API keys"), _("For programs that work in your name")),
    ]
    if stay.may(Role.ADMIN):
        lines.append(Line("/audit", _("Audit trail"), _("Who did what, and when")))
    return lines


def _own() -> list[Line]:
    return [
        Line("/account", _("Your account"), _("Name, e-mail, language, what you are told")),
        Line("/account/security", _("Signing in"), _("Password, second factors, passkeys, browsers")),
    ]


def _data(stay: Stay) -> list[Line]:
    lines = [Line("/settings/data", _("Data"), _("Take everything along, bring it in, backups"))]
    if stay.user.role is UserRole.ADMIN:
        lines.append(Line("/operations", _("Operations"), _("Queues, health and apps of this instance")))
    return lines


def _list(parts: Sequence[str]) -> str:
    return ", ".join(part for part in parts if part)
