"""Organizations with several people each, every one of whom may write and approve, and an account to post on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.brand import actions as brand
from aipromote.channels.models import SocialAccount
from aipromote.content import actions as content
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.brief import Brief
from aipromote.documents.vocabulary import Platform
from aipromote.organizations import actions as organizations
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role

PLATFORM = Platform.TWITTER


@dataclass(frozen=True)
class Member:
    """One person: `seat` tells apart those of one organization. `shared` is a piece that all of them comment on."""

    number: int
    seat: int
    user_id: UUID
    organization_id: UUID
    shared: UUID


async def found(database: Database, *, organizations_wanted: int, people: int) -> list[Member]:
    """So many people, spread evenly over the organizations."""
    made: list[Member] = []
    for number in range(organizations_wanted):
        seats = range(number, people, organizations_wanted)
        users = []
        for one in seats:
            async with database.transaction() as session:
                users.append(
                    await accounts.create_user(
                        session,
                        email=f"person-{one}@bench.example",
                        password=secrets.token_urlsafe(16),
                        name=f"Person {one}",
                        verified=True,
                    )
                )
        owner = actor_of(users[0])
        async with database.transaction() as session:
            brief = Brief(name=f"Bakery {number}", description="We bake bread from old grains.")
            organization = await organizations.create(session, owner, brief=brief)
            await brand.adopt_brief(session, owner, organization_id=organization.id, brief=brief)
        async with database.transaction(organization.id) as session:
            mine = {"organization_id": organization.id}
            session.add_all(Membership(**mine, user_id=user.id, role=Role.ADMIN) for user in users[1:])
            account = SocialAccount(
                **mine, id=new_id(), platform=PLATFORM, connector="sandbox", handle="bakery", is_active=True
            )
            account.server, account.access_token = "http://127.0.0.1:9", "a token that nobody takes"
            session.add(account)
            piece = await content.new_piece(session, owner, **mine, platform=PLATFORM, body="Bread from old grains.")
        made += [
            Member(one, seat, user.id, organization.id, piece.id)
            for seat, (one, user) in enumerate(zip(seats, users, strict=True))
        ]
    return made
