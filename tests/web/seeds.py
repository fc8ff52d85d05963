"""An organization with something on every page, made by the rooms' own verbs and factories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aipromote import clock
from aipromote.accounts import actions as accounts
from aipromote.accounts.queries import actor_of
from aipromote.assets import actions as assets
from aipromote.assets.states import AssetType
from aipromote.brand import actions as brand
from aipromote.channels import choices
from aipromote.channels.choices import Opened
from aipromote.connectors.contract import Credentials, Grant, Profile
from aipromote.content import actions as content
from aipromote.content.feeds.models import Feed
from aipromote.content.models import ContentPiece, Series
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations import actions as organizations
from aipromote.organizations import invitations, keys
from aipromote.organizations.states import Role
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.strategy.models import AIStrategy
from factories import analytics
from factories import strategy as plans
from factories.organizations import Startup, brief

PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Seeded:
    """The startup, its owner's e-mail, a piece that waits for review, and posts that went out and that failed."""

    startup: Startup
    email: str
    piece: ContentPiece
    published: ScheduledPost
    failed: ScheduledPost
    strategy: AIStrategy

    @property
    def organization_id(self) -> UUID:
        return self.startup.id


async def person(database: Database, *, email: str, verified: bool = True) -> None:
    """An account without an organization."""
    async with database.transaction() as session:
        await accounts.create_user(session, email=email, password=PASSWORD, name="Ada", verified=verified)


async def feed_and_series(database: Database, made: Seeded) -> None:
    """What only some pages show."""
    key = made.organization_id
    feed = Feed(
        organization_id=key,
        address=f"https://{made.email.partition('@')[2]}/feed",
        platforms=["TWITTER"],
        newest=5,
        every_hours=6,
        next_check_at=clock.now(),
    )
    async with database.transaction(key) as session:
        session.add(feed)
        session.add(Series(organization_id=key, name="Rye", platform=Platform.TWITTER, cadence="Mon"))
        grant = Grant(Credentials("http://127.0.0.1:9", "fake-token"), Profile("1", "kitchen"))
        opened = Opened(Platform.FACEBOOK, "sandbox", (grant, grant))
        user_id = made.startup.owner.user_id
        assert user_id is not None
        await choices.offer(session, organization_id=key, user_id=user_id, opened=opened)
        owner = made.startup.owner
        await keys.create(session, owner, organization_id=key, name="Rye")
        await invitations.invite(session, owner, organization_id=key, email=f"guest-{made.email}", role=Role.VIEWER)


async def startup(database: Database, *, email: str = "ada@kornblume.example", name: str = "Kornblume") -> Seeded:
    """Everything at once."""
    async with database.transaction() as session:
        owner = actor_of(await accounts.create_user(session, email=email, password=PASSWORD, name="Ada Brot"))
    async with database.transaction() as session:
        organization = await organizations.create(session, owner, brief=brief(name=name))
        await brand.adopt_brief(session, owner, organization_id=organization.id, brief=organization.brief)
    made = Startup(organization, owner)
    strategy = await plans.active(database, made)
    now = clock.now()
    async with database.transaction(made.id) as session:
        account = await analytics.account(session, made.id, platform=Platform.TWITTER, handle="@kornblume")
        published = await analytics.post(session, account, at=now - timedelta(hours=5), text="Bread is out. #bread")
        await analytics.measure(session, published, account, slots=(3600,), impressions=900, likes=31)
        failed = await analytics.post(
            session, account, at=now - timedelta(hours=2), text="This failed.", status=PostStatus.FAILED
        )
        piece = await content.new_piece(
            session,
            owner,
            organization_id=made.id,
            platform=Platform.TWITTER,
            body="Rye <b>keeps</b> for a week.",
            planned_for=now.date() + timedelta(days=1),
        )
        await assets.store(
            session,
            owner,
            organization_id=made.id,
            name="logo.png",
            content=email.encode(),
            mime_type="image/png",
            type=AssetType.LOGO,
        )
        piece = await content.submit(session, owner, organization_id=made.id, piece_id=piece.id)
    return Seeded(made, email, piece, published, failed, strategy)
