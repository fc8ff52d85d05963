"""Startups."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aipromote.accounts.actor import Actor
from aipromote.db.base import new_id
from aipromote.db.database import Database
from aipromote.documents.brief import Brief, ProofPoint
from aipromote.documents.facts import FactKind
from aipromote.organizations import actions
from aipromote.organizations.models import Membership, Organization
from aipromote.organizations.states import Role
from factories import accounts


@dataclass(frozen=True)
class Startup:
    """An organization and its owner."""

    organization: Organization
    owner: Actor

    @property
    def id(self) -> UUID:
        return self.organization.id


def brief(**changes: object) -> Brief:
    """A small but complete brief: a bakery in Hamburg."""
    values: dict[str, object] = {
        "name": "Kornblume",
        "description": "Kornblume bakes bread from old grains and delivers it by bicycle.",
        "languages": ["en"],
        "time_zone": "Europe/Berlin",
        "founders": [{"name": "Ada Brot", "role": "Baker"}],
        "proof_points": [
            ProofPoint(kind=FactKind.METRIC, statement="We baked 12,000 loaves in 2025", source="The ledger of 2025")
        ],
    }
    return Brief.model_validate(values | changes)


async def organization(
    database: Database, *, name: str = "Kornblume", plan: str = "self-hosted", **changes: object
) -> Startup:
    owner = await accounts.person(database, plan=plan)
    async with database.transaction() as session:
        row = await actions.create(session, owner, brief=brief(name=name, **changes))
    return Startup(row, owner)


async def member(database: Database, startup: Startup, *, role: Role, name: str = "Grace") -> Actor:
    actor = await accounts.person(database, name=name)
    async with database.transaction(startup.id) as session:
        session.add(Membership(organization_id=startup.id, id=new_id(), user_id=actor.user_id, role=role))
    return actor
