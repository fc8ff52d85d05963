"""Writing a brief bit by bit. Drafts belong to a person, who names themselves with `user_id`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from aipromote import clock
from aipromote.accounts.actor import Actor
from aipromote.ai.models import GenerationRequest
from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.briefs import queries
from aipromote.briefs.errors import SavedElsewhere
from aipromote.briefs.models import BriefDraft
from aipromote.briefs.reconciling import Reconciled, reconciled
from aipromote.briefs.shapes import DraftSource, Finding, Saved, SavedStep
from aipromote.briefs.steps import BY_KEY, brief_of, split, whole
from aipromote.documents.brief import Brief
from aipromote.documents.brief.file import dump_brief
from aipromote.errors import InvalidInput, NotAllowed, NotFound
from aipromote.organizations.models import Organization
from aipromote.reading.merging import merged
from aipromote.reading.passages import Reading
from aipromote.reading.suggestion import Suggestion
from aipromote.strategy import intake

LASTS = timedelta(days=90)
"""How long a draft that nobody touches is kept."""
MAX_DRAFTS = 10
MAX_SOURCES = 20
_MAX_VALUES = 200_000
_SEEN = {"title", "heading", "text", "item", "quote"}


async def open_draft(session: AsyncSession, *, user_id: UUID, brief: Brief | None = None) -> BriefDraft:
    """A new draft: empty, or with the answers of a brief that was handed in. Raises InvalidInput for one too many."""
    await queries.see_as(session, user_id=user_id)
    mine = select(func.count()).where(BriefDraft.user_id == user_id, BriefDraft.expires_at > clock.now())
    if (await session.scalar(mine) or 0) >= MAX_DRAFTS:
        raise InvalidInput(f"You have {MAX_DRAFTS} drafts. Finish or drop one of them first.")
    given = split(brief.model_dump(mode="json", exclude_defaults=True)) if brief else {}
    steps = {key: SavedStep(values=values, saved_at=clock.now()) for key, values in given.items()}
    draft = BriefDraft(user_id=user_id, steps=Saved(steps), findings=[], version=1, expires_at=clock.now() + LASTS)
    session.add(draft)
    await session.flush()
    return draft


async def save_step(
    session: AsyncSession, *, user_id: UUID, draft_id: UUID, step: str, values: Mapping[str, Any], version: int
) -> BriefDraft:
    """Keep the answers of one step, right or wrong. `version` is the one of the step that was seen; 0: none yet.

    Raises SavedElsewhere when another window saved this step meanwhile; other steps do not matter.
    """
    _check(step, values)
    draft = await queries.draft(session, user_id=user_id, draft_id=draft_id, locked=True)
    if (draft.steps.root[step].version if step in draft.steps.root else 0) != version:
        raise SavedElsewhere
    return await _keep(session, draft, steps=Saved(draft.steps.root | {step: _next(draft, step, values)}))


async def merge_step(
    session: AsyncSession,
    *,
    user_id: UUID,
    draft_id: UUID,
    step: str,
    values: Mapping[str, Any],
    seen: Mapping[str, Any],
    insisted: Collection[str] = (),
) -> tuple[BriefDraft, Reconciled]:
    """Keep what was typed into a step since its answers were `seen`, beside what other windows have saved meanwhile.

    Nothing is written where nothing differs. Raises NotFound and InvalidInput.
    """
    _check(step, values)
    draft = await queries.draft(session, user_id=user_id, draft_id=draft_id, locked=True)
    saved = draft.steps.root[step].values if step in draft.steps.root else {}
    both = reconciled(BY_KEY[step], seen=seen, mine=values, saved=saved, insisted=insisted)
    if both.values == saved:
        return draft, both
    _check(step, both.values)
    return await _keep(session, draft, steps=Saved(draft.steps.root | {step: _next(draft, step, both.values)})), both


async def propose(
    session: AsyncSession, *, user_id: UUID, draft_id: UUID, found: Sequence[Suggestion], readings: Sequence[Reading]
) -> BriefDraft:
    """Lay suggestions beside the draft for a decision; nothing of the brief changes. What was decided stays decided."""
    draft = await queries.draft(session, user_id=user_id, draft_id=draft_id, locked=True, with_sources=True)
    known = {one.suggestion.id for one in draft.findings}
    findings = [*draft.findings, *(Finding(suggestion=one) for one in found if one.id not in known)]
    again = {reading.source for reading in readings}
    sources = [one for one in draft.sources if one.name not in again] + [_source(reading) for reading in readings]
    return await _keep(session, draft, findings=findings[-400:], sources=sources[-MAX_SOURCES:])


async def decide(
    session: AsyncSession, *, user_id: UUID, draft_id: UUID, shown: Collection[str], accepted: Collection[str]
) -> BriefDraft:
    """Take over the accepted ones of the suggestions that were shown, and reject the other ones.

    What a person has typed stays: a suggestion only fills what is empty, and adds to lists.
    """
    draft = await queries.draft(session, user_id=user_id, draft_id=draft_id, locked=True)
    open_ones = [one for one in draft.findings if one.suggestion.id in shown]
    wanted = [one.suggestion for one in open_ones if one.suggestion.id in accepted]
    values, taken = merged(whole({key: saved.values for key, saved in draft.steps.root.items()}), wanted)
    ids = {one.id for one in taken}
    findings = [
        one.model_copy(update={"decision": "accepted" if one.suggestion.id in ids else "rejected"})
        if one.suggestion.id in shown
        else one
        for one in draft.findings
    ]
    steps = dict(draft.steps.root)
    for key, step_values in split(values).items():
        if key not in steps or steps[key].values != step_values:
            steps[key] = _next(draft, key, step_values)
    return await _keep(session, draft, steps=Saved(steps), findings=findings)


async def drop(session: AsyncSession, *, user_id: UUID, draft_id: UUID) -> None:
    """Forget a draft with everything that was read for it. Raises NotFound."""
    draft = await queries.draft(session, user_id=user_id, draft_id=draft_id, locked=True)
    await session.execute(delete(BriefDraft).where(BriefDraft.id == draft.id))


async def finish(session: AsyncSession, actor: Actor, *, draft_id: UUID) -> tuple[Organization, GenerationRequest]:
    """Found the organization from the draft, keep what was read as its documents, and ask for a strategy.

    Raises BriefError with every problem; NotAllowed unless a person acts; LimitReached.
    """
    if actor.user_id is None or not actor.is_person:
        raise NotAllowed("Only a person can own an organization.")
    draft = await queries.draft(session, user_id=actor.user_id, draft_id=draft_id, locked=True, with_sources=True)
    brief = brief_of(whole({key: saved.values for key, saved in draft.steps.root.items()}))
    sources = draft.sources
    organization, asked = await intake.begin(session, actor, brief=brief, brief_yaml=dump_brief(brief))
    for source in sources:
        await _keep_source(session, actor, organization=organization, source=source)
    await session.execute(delete(BriefDraft).where(BriefDraft.id == draft.id))
    return organization, asked


async def purge(session: AsyncSession) -> int:
    """Forget drafts that are over, of all people. Returns how many."""
    return int(await session.scalar(text("SELECT doors.purge_drafts(:at)"), {"at": clock.now()}) or 0)


def _check(step: str, values: Mapping[str, Any]) -> None:
    if step not in BY_KEY:
        raise NotFound("There is no such step.")
    if len(str(values)) > _MAX_VALUES:
        raise InvalidInput("These answers are too long. A brief has at most 256 kB.")


def _next(draft: BriefDraft, step: str, values: Mapping[str, Any]) -> SavedStep:
    before = draft.steps.root[step].version if step in draft.steps.root else 0
    return SavedStep(values=dict(values), version=before + 1, saved_at=clock.now())


async def _keep(session: AsyncSession, draft: BriefDraft, **changes: Any) -> BriefDraft:
    change = update(BriefDraft).where(BriefDraft.id == draft.id)
    change = change.values(version=BriefDraft.version + 1, expires_at=clock.now() + LASTS, **changes)
    kept: BriefDraft | None = await session.scalar(
        change.returning(BriefDraft), execution_options={"populate_existing": True}
    )
    assert kept is not None, "its row is locked"
    return kept


def _source(reading: Reading) -> DraftSource:
    passages = [(one.place, one.text) for one in reading.passages if one.kind in _SEEN]
    return DraftSource(name=reading.source, form=reading.form, passages=passages, read_at=clock.now())


async def _keep_source(session: AsyncSession, actor: Actor, *, organization: Organization, source: DraftSource) -> None:
    """What was read becomes a document of the organization: its text as a file, and its passages to be found again."""
    content = "\n\n".join(passage for _, passage in source.passages).encode()
    if not content:
        return
    asset = await assets.store(
        session,
        actor,
        organization_id=organization.id,
        name=f"{source.name.removeprefix('https://').removeprefix('http://')[-200:]}.txt",
        content=content,
        mime_type="text/plain",
        type=AssetType.DOCUMENT,
    )
    await assets.keep_text(session, actor, organization_id=organization.id, asset_id=asset.id, passages=source.passages)
