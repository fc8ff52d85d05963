"""Any sequence of approvals, edits and rules, played against the real step.

What the network received is compared with a ledger that the test keeps by itself: who approved which text, and what the
rules were then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from aipromote import clock
from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content import actions as content
from aipromote.content import queries as pieces
from aipromote.content.models import ContentPiece
from aipromote.content.review import links
from aipromote.errors import AipromoteError
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.publishing import actions as publishing
from aipromote.publishing import queries as posts
from aipromote.scheduling import actions as scheduling
from publishing import approvals
from publishing.scene import Scene

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
        await approvals.mode(scene, ApprovalMode.MANUAL)
        body = f"Bread {uuid4().hex}."
        piece = await approvals.waiting(scene, body)
        return cls(
            scene, piece.id, await approvals.link(scene, piece), Ledger({1: body}, seen=len(approvals.texts(scene)))
        )

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
        received = approvals.texts(self.scene)
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
