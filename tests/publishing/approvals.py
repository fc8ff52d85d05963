"""What scenes about approval begin with: a piece that waits, the rules, a link to it, and what the network has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from aipromote.brand.models import BrandRule
from aipromote.brand.states import ApprovalMode
from aipromote.content.models import ContentPiece
from aipromote.content.review import links
from aipromote.documents.content import AutoApprovalRules
from aipromote.sandbox import posts as network_posts
from factories import publishing as factory
from publishing.scene import Scene


async def waiting(scene: Scene, body: str = "Bread on a bicycle.") -> ContentPiece:
    """A piece that waits for review, for the scene's account."""
    return await factory.piece(
        scene.database, scene.startup, platform=scene.account.platform, body=body, approved=False
    )


async def mode(scene: Scene, chosen: ApprovalMode, rules: AutoApprovalRules | None = None) -> None:
    async with scene.database.transaction(scene.startup.id) as session:
        row = await session.scalar(select(BrandRule))
        if row is None:
            session.add(BrandRule(organization_id=scene.startup.id, approval_mode=chosen, auto_approval_rules=rules))
        else:
            row.approval_mode, row.auto_approval_rules = chosen, rules


async def link(scene: Scene, piece: ContentPiece, **values: Any) -> str:
    async with scene.database.transaction(scene.startup.id) as session:
        wanted = {"reviewer": "Lea", "days": 3, "may_approve": True, "piece_ids": [piece.id], **values}
        actor = wanted.pop("actor", scene.startup.owner)
        _, token = await links.make(session, actor, organization_id=scene.startup.id, **wanted)
    return token


def texts(scene: Scene) -> list[str]:
    """What the network really has, in the order in which it came."""
    return [one.text for one in network_posts.everything(scene.network_store, account=None)]
