"""Who approves posts: the rules for approval without a person, and what they would do with the posts that wait now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from aipromote.brand import actions, queries
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import queries as content
from aipromote.content import rehearsing
from aipromote.content.rehearsing import Rehearsal, Tried
from aipromote.documents.content import AutoApprovalCondition, AutoApprovalRules
from aipromote.documents.vocabulary import Platform
from aipromote.errors import Conflict, InvalidInput
from aipromote.http.notices import Notice, see_other
from aipromote.http.visits import Administering, Stay, Viewing
from aipromote.languages import _, lazy
from aipromote.web.conditions import Sentence, Sort, condition_of, sentence
from aipromote.web.render import page

router = APIRouter()
_PAGE = "/approval"
_MOST = 20
"""Conditions. More of them nobody reads before they turn them on."""

Seen = Annotated[str, Form()]
"""Which rules were on the page: what somebody else has changed meanwhile is not changed again unseen."""
Change = Callable[[list[AutoApprovalCondition]], list[AutoApprovalCondition]]


@router.get(_PAGE)
async def approval_page(request: Request, stay: Viewing) -> Response:
    """The rules, and a rehearsal of them."""
    return await _shown(request, stay)


@router.post(_PAGE)
async def choose(
    stay: Administering,
    mode: Annotated[ApprovalMode, Form()],
    needs: Annotated[str, Form()] = "all",
    seen: Seen = "",
) -> Response:
    """Who approves, and whether all conditions have to hold or one is enough. The conditions stay as they are."""
    try:
        rules = _known(await queries.rules_row(stay.session, organization_id=stay.organization_id, lock=True), seen)
    except Conflict as refused:
        return see_other(_PAGE, Notice(refused.message, "bad"))
    if mode is ApprovalMode.CONDITIONAL and not rules.conditions:
        return see_other(_PAGE, Notice(_("Add a condition first: without any, the rules describe no post."), "bad"))
    rules = rules.model_copy(update={"enabled": mode is ApprovalMode.CONDITIONAL, "requires_all": needs != "any"})
    await _keep(stay, rules, approval_mode=mode)
    return see_other(_PAGE, Notice(str(_TOLD[mode]), "good" if mode is ApprovalMode.MANUAL else "careful"))


@router.post(_PAGE + "/add")
async def add(request: Request, stay: Administering, sort: Annotated[Sort, Form()], seen: Seen = "") -> Response:
    """One more condition."""
    form = await request.form()

    def more(known: list[AutoApprovalCondition]) -> list[AutoApprovalCondition]:
        if len(known) >= _MOST:
            raise InvalidInput(f"There are {_MOST} conditions already. Remove one first.")
        return known

    return await _change(stay, seen, more, sort=sort, form=form, done=_("Added."))


@router.post(_PAGE + "/edit")
async def edit(
    request: Request, stay: Administering, sort: Annotated[Sort, Form()], place: Annotated[int, Form()], seen: Seen = ""
) -> Response:
    """Another condition in the place of this one."""
    form = await request.form()
    return await _change(
        stay, seen, lambda known: _without(known, place), sort=sort, form=form, at=place, done=_("Changed.")
    )


@router.post(_PAGE + "/remove")
async def remove(stay: Administering, place: Annotated[int, Form()], seen: Seen = "") -> Response:
    """Take one away. Without the last one the rules describe no post, so a person approves again."""
    return await _change(stay, seen, lambda known: _without(known, place), done=_("Removed."))


async def _change(
    stay: Stay,
    seen: str,
    change: Change,
    *,
    done: str,
    sort: Sort | None = None,
    form: FormData | None = None,
    at: int | None = None,
) -> Response:
    mine: dict[str, Any] = {"organization_id": stay.organization_id}
    try:
        rules = _known(await queries.rules_row(stay.session, **mine, lock=True), seen)
        conditions = change(list(rules.conditions))
        if sort is not None and form is not None:
            pillars = {pillar.name for pillar in await content.pillars(stay.session, **mine, active_only=True)}
            made = condition_of(sort, form, pillars=pillars)
            conditions.insert(len(conditions) if at is None else at, made)
    except (Conflict, InvalidInput) as refused:
        return see_other(_PAGE, Notice(refused.message, "bad"))
    await _keep(stay, rules.model_copy(update={"conditions": conditions}))
    return see_other(
        _PAGE, Notice(_("%(done)s See below what the rules would do with the posts that wait.", done=done))
    )


async def _keep(stay: Stay, rules: AutoApprovalRules, **more: Any) -> None:
    await actions.edit_rules(
        stay.session, stay.actor, organization_id=stay.organization_id, auto_approval_rules=rules, **more
    )


def _known(row: BrandRule, seen: str) -> AutoApprovalRules:
    """The rules, if they are still those that were on the page. Raises Conflict."""
    if seen != _mark(row):
        raise Conflict("Somebody changed the rules after you opened the page. Look at them again; nothing was changed.")
    return row.auto_approval_rules or AutoApprovalRules()


def _mark(row: BrandRule) -> str:
    rules = row.auto_approval_rules or AutoApprovalRules()
    return hashlib.sha256(f"{row.approval_mode}{rules.model_dump_json()}".encode()).hexdigest()[:16]


def _without(known: list[AutoApprovalCondition], place: int) -> list[AutoApprovalCondition]:
    if not 0 <= place < len(known):
        raise InvalidInput("There is no such condition.", field="place")
    return known[:place] + known[place + 1 :]


async def _shown(request: Request, stay: Stay) -> Response:
    found = await rehearsing.rehearse(stay.session, organization_id=stay.organization_id)
    sentences = [sentence(one, pillars=found.pillars) for one in found.rules.conditions]
    return page(
        request,
        "approval.html",
        stay=stay,
        found=found,
        mode=_mode(found),
        seen=_mark(found.row),
        sentences=[(one, sum(tried.holds[at] for tried in found.tried)) for at, one in enumerate(sentences)],
        counts={
            "MANUAL": 0,
            "CONDITIONAL": sum(one.goes for one in found.tried),
            "AUTO": sum(one.blocked is None for one in found.tried),
        },
        rehearsed=[(one, _why(one, found, sentences)) for one in found.tried],
        most=rehearsing.MOST,
        sorts=Sort,
        networks=[one for one in Platform if one is not Platform.SANDBOX],
    )


def _mode(found: Rehearsal) -> ApprovalMode:
    """Rules that are off describe no post, so that a person approves each."""
    mode = found.row.approval_mode
    return ApprovalMode.MANUAL if mode is ApprovalMode.CONDITIONAL and not found.rules.enabled else mode


def _why(one: Tried, found: Rehearsal, sentences: list[Sentence]) -> str:
    """Why the post would wait for a person under the conditions; empty where it would not."""
    if one.goes:
        return ""
    if one.blocked is not None:
        return _("The check stops it: %(reason)s", reason=one.blocked)
    if not sentences:
        return _("There is no condition.")
    unmet = [said.words for said, is_met in zip(sentences, one.holds, strict=True) if not is_met]
    return (
        _("Not so: %(condition)s", condition=unmet[0])
        if found.rules.requires_all
        else _("None of the conditions holds.")
    )


_TOLD = {
    ApprovalMode.MANUAL: lazy(
        "A person approves every post from now on. What AIPromote had approved by itself and is not out yet needs you."
    ),
    ApprovalMode.CONDITIONAL: lazy(
        "AIPromote approves new posts that these rules describe. Posts that wait now still wait for you."
    ),
    ApprovalMode.AUTO: lazy(
        "AIPromote approves every new post that the check does not stop. Posts that wait now still wait for you."
    ),
}
