"""What stands beside the pieces: variants of one, one made of another for its network, templates and a signature."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aipromote.accounts.actor import Actor
from aipromote.ai import writers
from aipromote.content import actions, varying
from aipromote.content.models import ContentPiece
from aipromote.content.review.models import Comment
from aipromote.content.rewriting.adapting import adapted
from aipromote.documents.vocabulary import Platform

_TEMPLATES = {
    "A fact": "{{fact}}.\n\n{{tagline}}\n\n{{link}}",
    "A release": "New in {{product}}: \n\nWhat would you try first? {{link}}",
}
_VARIANTS = 3


async def kept(session: AsyncSession, actor: Actor, *, key: UUID, pieces: Sequence[ContentPiece]) -> None:
    """Keep them, for pieces that wait for a person."""
    for name, body in _TEMPLATES.items():
        await actions.keep_template(session, actor, organization_id=key, name=name, body=body)
    long = next(piece for piece in pieces if piece.platform is Platform.LINKEDIN)
    await actions.keep_signature(
        session, actor, organization_id=key, platform=long.platform, words="Written by the people who build it."
    )
    desk = await varying.desk_for(session, organization_id=key, piece_id=long.id)
    drafts = await varying.drafts_for(desk, count=_VARIANTS, writer=writers.offline())
    await varying.keep(session, long, drafts)
    said = "Can we say who told us that? It reads better with a name."
    about = {"piece_id": long.id, "revision": long.revision, "author": actor.name, "user_id": actor.user_id}
    session.add(Comment(organization_id=key, said=said, **about))
    elsewhere = next(piece.platform for piece in pieces if piece.platform is not long.platform)
    await actions.adapt(
        session,
        actor,
        organization_id=key,
        piece_id=long.id,
        platform=elsewhere,
        body=adapted(long.body, elsewhere),
    )
