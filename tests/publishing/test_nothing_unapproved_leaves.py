"""Whatever people, programs, rules and links do: nothing reaches a network that was not approved as it is.

Every way in is tried by itself. Then random sequences of acts are played against the real step, and what the network
received is compared with a ledger that the test keeps by itself: who approved which text, and what the rules were then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from aipromote import clock
from aipromote.accounts.actor import SYSTEM
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import Approval, ContentPiece
from aipromote.content.review import links
from aipromote.content.review.models import ReviewLink
from aipromote.content.states import ContentStatus
from aipromote.documents.content import AutoApprovalCondition, AutoApprovalRules
from aipromote.errors import AipromoteError, Conflict, NotAllowed, NotFound, StaleRevision
from aipromote.organizations import keys
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.publishing.states import PostStatus
from aipromote.sandbox import posts as network_posts
from aipromote.scheduling import actions as scheduling
from factories import publishing as factory
from publishing.scene import Scene


async def _waiting(scene: Scene, body: str = "Bread on a bicycle.") -> ContentPiece:
    """A piece that waits for review, for the scene's account."""
    return await factory.piece(
        scene.database, scene.startup, platform=scene.account.platform, body=body, approved=False
    )


async def _mode(scene: Scene, mode: ApprovalMode, rules: AutoApprovalRules | None = None) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        row = await session.scalar(select(BrandRule))
        if row is None:
            session.add(BrandRule(organization_id=scene.startup.id, approval_mode=mode, auto_approval_rules=rules))
        else:
            row.approval_mode, row.auto_approval_rules = mode, rules


async def _nothing_left(scene: Scene) -> None:
    """Also when a day's worth of time and three rounds of work have passed."""
    for _ in range(3):
        await scene.work()
        scene.forward(hours=5)
    assert await scene.received() == []


def _texts(scene: Scene) -> list[str]:
    """What the network really has, in the order in which it came."""
    return [one.text for one in network_posts.everything(scene.network_store, account=None)]


async def _refused(scene: Scene, kind: type[Exception], act: Callable[[Any], Awaitable[object]]) -> None:
    with pytest.raises(kind):
        async with scene.database.transaction(scene.startup.id) as session:
            await act(session)


@pytest.mark.parametrize("status", [ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW, ContentStatus.ARCHIVED])
async def test_a_person_cannot_send_now_what_nobody_approved(scene: Scene, status: ContentStatus) -> None:
    piece = await _waiting(scene)
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await session.execute(update(ContentPiece).values(status=status))
    owner = scene.startup.owner
    await _refused(
        scene, Conflict, lambda session: scheduling.publish_piece_now(session, owner, **mine, piece_id=piece.id)
    )
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.schedule_approved(session, owner, **mine, piece_ids=[piece.id])
        assert done.scheduled == []
    await _nothing_left(scene)


async def test_a_post_that_was_scheduled_all_the_same_fails_now_later_moved_and_tried_again(scene: Scene) -> None:
    """The lower verb schedules whatever it is given, as an import or an older release might have."""
    post = await scene.post(approved=False)
    mine = {"organization_id": scene.startup.id, "post_id": post.id}
    owner = scene.startup.owner
    await scene.work()
    assert (await scene.now(post)).error_kind == "unapproved"
    for act in (publishing.publish_now, publishing.reschedule):
        later = {"scheduled_at": clock.after(60)} if act is publishing.reschedule else {}
        try:
            async with scene.database.transaction(scene.startup.id) as session:
                await act(session, owner, **mine, **later)
        except Conflict:
            pass
        scene.forward(minutes=5)
        await scene.work()
        assert (await scene.now(post)).status is PostStatus.FAILED
    assert await scene.received() == []


async def test_a_program_with_a_key_cannot_approve_and_so_cannot_send(scene: Scene) -> None:
    piece = await _waiting(scene)
    mine = {"organization_id": scene.startup.id}
    async with scene.database.transaction(scene.startup.id) as session:
        _, shown = await keys.create(session, scene.startup.owner, **mine, name="CI", role=Role.OWNER)
    async with scene.database.transaction() as session:
        program = (await keys.admit(session, text=shown)).actor
    await _refused(
        scene,
        NotAllowed,
        lambda session: content.approve(session, program, **mine, piece_id=piece.id, revision=1),
    )
    await _refused(
        scene,
        NotAllowed,
        lambda session: scheduling.approve_and_schedule(session, program, **mine, piece_ids=[piece.id]),
    )
    await _refused(
        scene, Conflict, lambda session: scheduling.publish_piece_now(session, program, **mine, piece_id=piece.id)
    )
    await _refused(
        scene,
        NotAllowed,
        lambda session: links.make(
            session, program, **mine, reviewer="Itself", piece_ids=[piece.id], days=3, may_approve=True
        ),
    )
    await _nothing_left(scene)


async def test_the_product_approves_nothing_by_itself_unless_the_rules_say_so(scene: Scene) -> None:
    piece = await _waiting(scene)
    await _mode(scene, ApprovalMode.MANUAL)
    mine = {"organization_id": scene.startup.id, "piece_ids": [piece.id]}
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.approve_and_schedule(session, SYSTEM, **mine)
        assert done.scheduled == []
    await _nothing_left(scene)


async def test_what_a_rule_let_out_stays_once_the_rule_is_gone(scene: Scene) -> None:
    piece = await _waiting(scene)
    await _mode(scene, ApprovalMode.AUTO)
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.approve_and_schedule(
            session, SYSTEM, organization_id=scene.startup.id, piece_ids=[piece.id]
        )
        assert len(done.scheduled) == 1
    await _mode(scene, ApprovalMode.MANUAL)
    scene.dial.jump(done.scheduled[0].scheduled_at)
    await _nothing_left(scene)


async def test_a_rule_lets_out_only_what_it_describes(scene: Scene) -> None:
    condition = AutoApprovalCondition(field="body", operator="contains", value="rye")
    await _mode(scene, ApprovalMode.CONDITIONAL, AutoApprovalRules(enabled=True, conditions=[condition]))
    piece = await _waiting(scene, "Only wheat here.")
    async with scene.database.transaction(scene.startup.id) as session:
        done = await scheduling.approve_and_schedule(
            session, SYSTEM, organization_id=scene.startup.id, piece_ids=[piece.id]
        )
        assert done.scheduled == []
    await _nothing_left(scene)


async def test_a_text_that_was_edited_after_its_approval_does_not_leave(scene: Scene) -> None:
    post = await scene.post(at=clock.after(600))
    piece = await scene.piece(post)
    mine = {"organization_id": scene.startup.id, "piece_id": piece.id}
    async with scene.database.transaction(scene.startup.id) as session:
        await scheduling.edit_piece(session, scene.startup.owner, **mine, body="Another text.", based_on=1)
    await _nothing_left(scene)


async def _link(scene: Scene, piece: ContentPiece, **values: Any) -> str:
    async with scene.database.transaction(scene.startup.id) as session:
        wanted = {"reviewer": "Lea", "days": 3, "may_approve": True, "piece_ids": [piece.id], **values}
        actor = wanted.pop("actor", scene.startup.owner)
        _, token = await links.make(session, actor, organization_id=scene.startup.id, **wanted)
    return token


async def _by_link(scene: Scene, token: str, piece: ContentPiece, *, revision: int) -> None:
    async with scene.database.transaction() as session:
        guest = await links.admit(session, token=token, to_act=True)
        await scheduling.approve_by_link(session, guest, piece_id=piece.id, revision=revision)


async def _until_out(scene: Scene, piece: ContentPiece) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        [post] = await posts.posts_of_piece(session, organization_id=scene.startup.id, piece_id=piece.id)
    scene.dial.jump(post.scheduled_at)
    await scene.work()


async def test_a_review_link_lets_out_exactly_the_revision_that_it_showed(scene: Scene) -> None:
    piece = await _waiting(scene)
    token = await _link(scene, piece)
    async with scene.database.transaction(scene.startup.id) as session:
        mine = {"organization_id": scene.startup.id, "piece_id": piece.id}
        session.add(BrandRule(organization_id=scene.startup.id))
        await content.edit(session, scene.startup.owner, **mine, body="Changed meanwhile.", based_on=1)
    with pytest.raises(StaleRevision, match="read it again"):
        await _by_link(scene, token, piece, revision=1)
    await _nothing_left(scene)
    await _by_link(scene, token, piece, revision=2)
    await _until_out(scene, piece)
    assert _texts(scene) == ["Changed meanwhile."]


async def test_a_review_link_to_comment_another_piece_and_a_finding_let_nothing_out(scene: Scene) -> None:
    await _mode(scene, ApprovalMode.MANUAL)
    piece, other = await _waiting(scene), await _waiting(scene, "We sold 5,000 loaves.")
    mute, narrow = await _link(scene, piece, may_approve=False), await _link(scene, piece)
    blocked = await _link(scene, other)
    with pytest.raises(NotAllowed):
        await _by_link(scene, mute, piece, revision=1)
    with pytest.raises(NotFound):
        await _by_link(scene, narrow, other, revision=1)
    with pytest.raises(Conflict):
        await _by_link(scene, blocked, other, revision=1)
    await _nothing_left(scene)


@pytest.mark.parametrize("end", ["revoked", "expired", "demoted", "removed"])
async def test_a_review_link_that_ended_lets_nothing_out(scene: Scene, end: str) -> None:
    piece = await _waiting(scene)
    token = await _link(scene, piece)
    async with scene.database.transaction(scene.startup.id) as session:
        member = await session.scalar(select(Membership))
        match end:
            case "revoked":
                [link] = await session.scalars(select(ReviewLink))
                mine = {"organization_id": scene.startup.id, "link_id": link.id}
                await links.revoke(session, scene.startup.owner, **mine)
            case "demoted":
                member.role = Role.VIEWER
            case "removed":
                await session.delete(member)
    if end == "expired":
        scene.forward(days=3)
    with pytest.raises(NotFound, match="opens nothing"):
        await _by_link(scene, token, piece, revision=1)
    await _nothing_left(scene)


async def test_a_link_is_no_key_and_its_actor_may_do_nothing_else(scene: Scene) -> None:
    piece = await _waiting(scene)
    token = await _link(scene, piece)
    async with scene.database.transaction() as session:
        guest = await links.admit(session, token=token)
    mine = {"organization_id": scene.startup.id, "piece_id": piece.id}
    for act in (
        lambda session: content.approve(session, guest.actor, **mine, revision=1, override_reason="I say so."),
        lambda session: scheduling.publish_piece_now(session, guest.actor, **mine),
        lambda session: scheduling.edit_piece(session, guest.actor, **mine, body="Mine.", based_on=1),
        lambda session: content.archive(session, guest.actor, **mine),
    ):
        await _refused(scene, NotAllowed, act)
    await _nothing_left(scene)


async def test_the_database_itself_takes_no_link_that_sets_findings_aside(scene: Scene) -> None:
    piece = await _waiting(scene)
    forged = factory.approval(scene.startup, piece.id, override_reason="Fine.", review_link_id=uuid4())
    with pytest.raises(DBAPIError, match="link_sets_nothing_aside"):
        async with scene.database.transaction(scene.startup.id) as session:
            session.add(forged)


async def test_the_database_itself_keeps_an_approval_to_the_text_that_it_was_of(scene: Scene) -> None:
    post = await scene.post(at=clock.after(600))
    for change in ({"revision": 2}, {"piece_id": uuid4()}, {"decision": "CHANGES_ASKED"}):
        with pytest.raises(DBAPIError):
            async with scene.database.transaction(scene.startup.id) as session:
                await session.execute(update(Approval).values(**change))
    for statement in ("UPDATE content_revisions SET body = 'Other.'", "UPDATE content_pieces SET status = 'PUBLISHED'"):
        with pytest.raises(DBAPIError):
            async with scene.database.transaction(scene.startup.id) as session:
                await session.execute(text(statement))
    assert (await scene.now(post)).status is PostStatus.SCHEDULED


# ---- Any sequence of acts ------------------------------------------------------------------------------------------

ACTS = (
    "edit", "submit", "approve", "approve_old", "approve_by_link", "approve_old_by_link", "ask_changes",
    "product_approves", "schedule", "force", "now", "move", "loosen", "tighten", "revoke", "demote", "promote", "work",
)  # fmt: skip


@dataclass
class Ledger:
    """What the test knows by itself: texts by revision, and which of them a person let out, or took back."""

    texts: dict[int, str]
    by_person: set[int] = field(default_factory=set)
    by_product: set[int] = field(default_factory=set)
    mode: ApprovalMode = ApprovalMode.MANUAL
    seen: int = 0
    """How many posts the network had received when it was looked at last."""

    def may_leave(self, body: str) -> bool:
        """Whether this very text is covered, by the rules as they are now."""
        [revision] = [number for number, known in self.texts.items() if known == body]
        if revision != max(self.texts):
            return False
        return revision in self.by_person or (revision in self.by_product and self.mode is ApprovalMode.AUTO)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14))
async def test_any_sequence_of_acts_sends_only_what_was_approved_as_it_is(
    scene: Scene, owner: asyncpg.Connection, acts: list[str]
) -> None:
    play = await Play.begin(scene)
    for act in [*acts, "work", "work"]:
        await play.take(act)
    await play.end(owner)


@dataclass
class Play:
    """One piece, one account of its own, a link to it, and the ledger."""

    scene: Scene
    piece_id: UUID
    token: str
    ledger: Ledger
    is_admin: bool = True

    @classmethod
    async def begin(cls, scene: Scene) -> Play:
        """A piece that waits for review. Whoever was demoted by an earlier example is an owner again."""
        async with scene.database.transaction(scene.startup.id) as session:
            await session.execute(update(Membership).values(role=Role.OWNER))
        scene.account = await scene.another_account(handle=f"account-{uuid4().hex[:12]}")
        await _mode(scene, ApprovalMode.MANUAL)
        body = f"Bread {uuid4().hex}."
        piece = await _waiting(scene, body)
        return cls(scene, piece.id, await _link(scene, piece), Ledger({1: body}, seen=len(_texts(scene))))

    @property
    def mine(self) -> dict[str, Any]:
        return {"organization_id": self.scene.startup.id, "piece_id": self.piece_id}

    async def take(self, act: str) -> None:
        """Do it, note what it changed if it was not refused, and look at what the network received since."""
        scene = self.scene
        try:
            async with scene.database.transaction(scene.startup.id) as session:
                piece = await pieces.piece(session, **self.mine)
                noted = await self._do(session, act, piece)
        except AipromoteError:
            noted = None
        if noted is not None:
            noted()
        scene.forward(seconds=1)
        if act == "work":
            scene.forward(hours=1)
            await scene.work()
            await self._look()

    async def _do(self, session: Any, act: str, piece: ContentPiece) -> Callable[[], object] | None:  # noqa: C901, PLR0911, PLR0912 -- one case for each act reads best
        owner, ledger, now = self.scene.startup.owner, self.ledger, piece.revision
        only = {"organization_id": self.scene.startup.id}
        match act:
            case "edit":
                body = f"Bread {uuid4().hex}."
                await scheduling.edit_piece(session, owner, **self.mine, body=body, based_on=now)
                return lambda: ledger.texts.__setitem__(now + 1, body)
            case "submit":
                await content.submit(session, owner, **self.mine)
            case "approve":
                await content.approve(session, owner, **self.mine, revision=now)
                return lambda: ledger.by_person.add(now)
            case "approve_old":
                await content.approve(session, owner, **self.mine, revision=now - 1)
                raise AssertionError("an old text was approved")
            case "approve_by_link":
                guest = await links.admit(session, token=self.token, to_act=True)
                await scheduling.approve_by_link(session, guest, piece_id=piece.id, revision=now)
                return lambda: ledger.by_person.add(now)
            case "approve_old_by_link":
                guest = await links.admit(session, token=self.token, to_act=True)
                await scheduling.approve_by_link(session, guest, piece_id=piece.id, revision=now - 1)
                raise AssertionError("an old text was approved")
            case "ask_changes":
                await scheduling.ask_changes(session, owner, **self.mine, revision=now, note="Shorter.")
                return lambda: (ledger.by_person.discard(now), ledger.by_product.discard(now))
            case "product_approves":
                held = await content.auto_approve_if_allowed(session, **only, piece_ids=[piece.id])
                return None if held else lambda: ledger.by_product.add(now)
            case "schedule":
                await scheduling.schedule_approved(session, owner, **only, piece_ids=[piece.id])
            case "force":
                at = {"account_id": self.scene.account.id, "scheduled_at": clock.now()}
                await publishing.schedule_post(session, owner, **only, piece=piece, **at)
            case "now":
                await scheduling.publish_piece_now(session, owner, **self.mine)
            case "move":
                for post in await posts.posts_of_piece(session, **self.mine):
                    await publishing.reschedule(
                        session, owner, **only, post_id=post.id, scheduled_at=clock.now() + timedelta(minutes=1)
                    )
            case "loosen" | "tighten":
                mode = ApprovalMode.AUTO if act == "loosen" else ApprovalMode.MANUAL
                await session.execute(update(BrandRule).values(approval_mode=mode))
                return lambda: setattr(ledger, "mode", mode)
            case "revoke":
                guest = await links.admit(session, token=self.token)
                await links.revoke(session, owner, **only, link_id=guest.link.id)
            case "demote" | "promote":
                await session.execute(update(Membership).values(role=Role.VIEWER if act == "demote" else Role.OWNER))
        return None

    async def _look(self) -> None:
        received = _texts(self.scene)
        for one in received[self.ledger.seen :]:
            assert self.ledger.may_leave(one), (one, self.ledger)
        self.ledger.seen = len(received)

    async def end(self, owner: asyncpg.Connection) -> None:
        """And by the rows: what is published has an approval of its revision."""
        bare = await owner.fetchval(
            "SELECT count(*) FROM scheduled_posts p WHERE p.status = 'PUBLISHED' AND NOT EXISTS ("
            "SELECT FROM approvals a "
            "WHERE a.organization_id = p.organization_id AND a.piece_id = p.content_piece_id "
            "AND a.revision = p.revision AND a.decision = 'APPROVED')"
        )
        assert bare == 0
