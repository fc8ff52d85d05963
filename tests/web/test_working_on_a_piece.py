"""Writing, judging and scheduling a piece from its page."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import seeds
from site_client import Browser
from sqlalchemy import select, update

from aipromote import clock
from aipromote.accounts import actions as accounts
from aipromote.channels.models import SocialAccount
from aipromote.content import actions
from aipromote.content.models import ContentPiece
from aipromote.content.states import ContentStatus
from aipromote.db.database import Database
from aipromote.documents.vocabulary import Platform
from aipromote.organizations.models import Membership
from aipromote.organizations.states import Role
from aipromote.publishing.models import ScheduledPost
from aipromote.publishing.states import PostStatus
from aipromote.web import words
from factories import analytics


@pytest.fixture
async def seeded(browser: Browser, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await browser.sign_in(made.email, seeds.PASSWORD)
    return made


async def piece_of(database: Database, made: seeds.Seeded) -> ContentPiece:
    async with database.transaction(made.organization_id) as session:
        return (await session.scalars(select(ContentPiece).where(ContentPiece.id == made.piece.id))).one()


async def posts_of(database: Database, made: seeds.Seeded) -> list[ScheduledPost]:
    async with database.transaction(made.organization_id) as session:
        found = select(ScheduledPost).where(ScheduledPost.content_piece_id == made.piece.id)
        return list(await session.scalars(found.order_by(ScheduledPost.id)))


async def test_an_approved_piece_gets_a_time_on_its_account(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    seen = await browser.send(f"{page}/approve", {"revision": 1})
    assert "Approved. Goes out" in seen.words
    (post,) = await posts_of(database, seeded)
    assert post.status is PostStatus.SCHEDULED
    assert (await piece_of(database, seeded)).status is ContentStatus.SCHEDULED


async def test_a_post_goes_out_at_the_time_and_on_the_account_that_were_named(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        second = await analytics.account(session, seeded.organization_id, platform=Platform.TWITTER, handle="@rye")
    page = f"/pieces/{seeded.piece.id}"
    assert "@rye" in (await browser.open(page)).words
    form = {"revision": 1, "account": str(second.id)}
    seen = await browser.send(f"{page}/approve", {**form, "local": "2020-01-01T09:00"})
    assert "That time has passed." in seen.words
    assert (await piece_of(database, seeded)).status is ContentStatus.PENDING_REVIEW  # all of it or nothing
    there = words.local(clock.now() + timedelta(days=3), seeded.startup.organization.time_zone)
    seen = await browser.send(f"{page}/approve", {**form, "local": there.strftime("%Y-%m-%dT09:17")})
    assert "Approved. Goes out" in seen.words
    assert "09:17" in seen.words
    (post,) = await posts_of(database, seeded)
    assert post.social_account_id == second.id


async def test_an_edit_takes_a_scheduled_post_back_and_asks_for_a_review(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(f"{page}/approve", {"revision": 1})
    seen = await browser.send(page, {"body": "Rye keeps for eight days.", "based_on": 1})
    assert "needs an approval" in seen.words
    piece = await piece_of(database, seeded)
    assert (piece.revision, piece.status) == (2, ContentStatus.PENDING_REVIEW)
    assert [post.status for post in await posts_of(database, seeded)] == [PostStatus.CANCELLED]


async def test_a_stale_edit_keeps_both_texts(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(page, {"body": "The first change.", "based_on": 1})
    seen = await browser.send(page, {"body": "The second change.", "based_on": 1})
    assert seen.status == 409
    assert "The first change." in seen.words
    assert seen.words.count("The second change.") >= 2  # beside the other one, and in the field
    assert (await piece_of(database, seeded)).body == "The first change."


async def test_approving_a_text_that_changed_meanwhile_is_refused(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(page, {"body": "Changed.", "based_on": 1})
    seen = await browser.send(f"{page}/approve", {"revision": 1})
    assert "Not approved." in seen.words
    assert (await piece_of(database, seeded)).status is ContentStatus.PENDING_REVIEW


async def test_a_claim_without_a_fact_needs_a_reason(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    seen = await browser.send(page, {"body": "We save you 73 % of your time.", "based_on": 1})
    assert "blocks publishing" in seen.words
    assert "Not approved." in (await browser.send(f"{page}/approve", {"revision": 2})).words
    seen = await browser.send(f"{page}/approve", {"revision": 2, "override_reason": "Measured yesterday."})
    assert "Approved." in seen.words
    assert "Measured yesterday." in seen.words


async def test_changes_can_be_asked_for_with_a_note(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    seen = await browser.send(f"{page}/ask-changes", {"revision": 1, "note": "Shorter, please."})
    assert "Shorter, please." in seen.words
    assert (await piece_of(database, seeded)).status is ContentStatus.DRAFT


async def test_the_counter_counts_in_the_networks_own_units(browser: Browser, seeded: seeds.Seeded) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    seen = await browser.send(f"{page}/look", {"body": "https://kornblume.com/a/very/long/address/indeed 日本"})
    assert "28 of 280 · 252 left" in seen.words
    seen = await browser.send(f"{page}/look", {"body": "x" * 281})
    assert "1 too long" in seen.text


async def test_the_whole_week_is_approved_at_once(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    monday = seeded.piece.planned_for.isoformat()
    seen = await browser.open(f"/calendar/approve?week={monday}")
    assert "1 post will be approved and scheduled" in seen.words
    seen = await browser.send("/calendar/approve", {"week": monday, "piece": f"{seeded.piece.id}:1"})
    assert "1 post is scheduled." in seen.words
    assert len(await posts_of(database, seeded)) == 1


async def test_a_week_shows_which_posts_repeat_others_before_it_is_approved(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    text = "Rye bread keeps for a week, because the acid of the sourdough holds what would spoil it."
    mine = {"organization_id": seeded.organization_id, "platform": seeded.piece.platform}
    async with database.transaction(seeded.organization_id) as session:
        owner = seeded.startup.owner
        earlier = await actions.new_piece(session, owner, **mine, body=text)
        again = await actions.new_piece(
            session, owner, **mine, body=f"{text} Try it.", planned_for=seeded.piece.planned_for
        )
        await actions.submit(session, owner, organization_id=seeded.organization_id, piece_id=again.id)
    monday = seeded.piece.planned_for.isoformat()
    seen = await browser.open(f"/calendar/approve?week={monday}")
    assert "1 post says nearly the same as another one on the same network" in seen.words
    assert "% the same as the X post" in seen.words
    assert f'href="/pieces/{earlier.id}"' in seen.text
    chosen = [("piece", f"{one.id}:1") for one in (seeded.piece, again)]
    seen = await browser.send("/calendar/approve", [("csrf", browser.token), ("week", monday), *chosen])
    assert "2 posts are scheduled." in seen.words


async def test_approving_nothing_says_so(browser: Browser, seeded: seeds.Seeded) -> None:
    week = seeded.piece.planned_for.isoformat()
    await browser.open(f"/calendar/approve?week={week}")
    assert "Nothing was chosen." in (await browser.send("/calendar/approve", {"week": week})).words


async def test_a_post_moves_to_the_time_that_a_person_chose(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(f"{page}/approve", {"revision": 1})
    (post,) = await posts_of(database, seeded)
    day = seeded.piece.planned_for + timedelta(days=2)
    seen = await browser.send(f"{page}/posts/{post.id}/move", {"local": f"{day}T16:45"})
    assert "16:45 (Berlin)" in seen.words
    (moved,) = await posts_of(database, seeded)
    assert moved.scheduled_at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%F %H:%M") == f"{day} 16:45"


async def test_a_post_moved_beyond_the_end_of_its_text_stays_where_it_is_and_the_page_says_why(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(f"{page}/approve", {"revision": 1})
    (post,) = await posts_of(database, seeded)
    end = post.scheduled_at + timedelta(hours=3)
    async with database.transaction(seeded.organization_id) as session:
        await session.execute(update(ContentPiece).where(ContentPiece.id == seeded.piece.id).values(expires_at=end))
    day = seeded.piece.planned_for + timedelta(days=2)
    seen = await browser.send(f"{page}/posts/{post.id}/move", {"local": f"{day}T16:45"})
    assert seen.status == 422
    assert f"This text is only good until {words.at(end, 'Europe/Berlin')}" in seen.words
    assert "Choose a time before that. Nothing was changed." in seen.words
    assert [one.scheduled_at for one in await posts_of(database, seeded)] == [post.scheduled_at]


async def test_an_approved_piece_gets_its_time_once_its_account_is_connected(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open("/channels")
    await browser.send(f"/channels/{seeded.published.social_account_id}/disconnect")
    seen = await browser.send(f"{page}/approve", {"revision": 1})
    assert "No X account is connected." in seen.words
    async with database.transaction(seeded.organization_id) as session:
        await analytics.account(session, seeded.organization_id, platform=Platform.TWITTER, handle="@again")
    assert "no time yet" in (await browser.open("/this-week")).words
    assert "1 post is scheduled." in (await browser.send("/calendar/place")).words


async def test_a_scheduled_post_can_be_cancelled(browser: Browser, database: Database, seeded: seeds.Seeded) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(f"{page}/approve", {"revision": 1})
    (post,) = await posts_of(database, seeded)
    seen = await browser.send(f"{page}/posts/{post.id}/cancel")
    assert "Nothing will be sent" in seen.words
    assert [one.status for one in await posts_of(database, seeded)] == [PostStatus.CANCELLED]


async def test_who_may_only_look_may_not_write(
    second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction() as session:
        viewer = await accounts.create_user(session, email="view@kornblume.example", password=seeds.PASSWORD)
    async with database.transaction(seeded.organization_id) as session:
        session.add(Membership(organization_id=seeded.organization_id, user_id=viewer.id, role=Role.VIEWER))
    await second_browser.sign_in("view@kornblume.example", seeds.PASSWORD)
    page = f"/pieces/{seeded.piece.id}"
    assert '<textarea name="body"' not in (await second_browser.open(page)).text
    assert (await second_browser.send(page, {"body": "Mine.", "based_on": 1})).status == 403


async def test_a_failed_post_says_why_on_the_home_page(browser: Browser, seeded: seeds.Seeded) -> None:
    seen = await browser.open("/this-week")
    assert "The network said no." in seen.words
    assert "Approve 1 post" in seen.words


async def test_approving_a_week_leaves_out_a_text_that_changed_after_the_page_was_opened(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    monday = seeded.piece.planned_for.isoformat()
    shown = await browser.open(f"/calendar/approve?week={monday}")
    assert f'value="{seeded.piece.id}:1"' in shown.text
    assert "Read it all" not in shown.words  # one line says it all
    await browser.send(f"/pieces/{seeded.piece.id}", {"body": "Rye.\n\nIt keeps for a week.", "based_on": 1})
    shown = await browser.open(f"/calendar/approve?week={monday}")
    assert "It keeps for a week." in shown.words
    await browser.send(f"/pieces/{seeded.piece.id}", {"body": "Never read.", "based_on": 2})
    seen = await browser.send("/calendar/approve", {"week": monday, "piece": f"{seeded.piece.id}:2"})
    assert "changed after you opened the page" in seen.words
    assert (await piece_of(database, seeded)).status is ContentStatus.PENDING_REVIEW
    assert await posts_of(database, seeded) == []


async def test_words_that_were_refused_are_given_back(browser: Browser, seeded: seeds.Seeded) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(page, {"body": "Changed.", "based_on": 1})
    seen = await browser.send(f"{page}/ask-changes", {"revision": 1, "note": "Shorter, please."})
    assert "Not sent back." in seen.words
    assert "You wrote: Shorter, please." in seen.words
    seen = await browser.send(f"{page}/approve", {"revision": 1, "override_reason": "Measured yesterday."})
    assert "You wrote: Measured yesterday." in seen.words


async def test_a_text_that_came_too_late_is_shown_and_not_lost(browser: Browser, seeded: seeds.Seeded) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    await browser.send(f"{page}/archive")
    seen = await browser.send(page, {"body": "Half an hour of writing.", "based_on": 1})
    assert seen.status == 409
    assert "Half an hour of writing." in seen.words
    assert "Copy yours" in seen.words


async def test_the_button_says_how_many_posts_its_page_will_approve(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction(seeded.organization_id) as session:
        session.add(
            ContentPiece(
                organization_id=seeded.organization_id,
                platform=seeded.piece.platform,
                body="Later.",
                status=ContentStatus.PENDING_REVIEW,
                planned_for=seeded.piece.planned_for + timedelta(days=14),
            )
        )
    seen = await browser.open("/this-week")
    assert "Approve 1 post of the first week" in seen.words
    assert "2 posts wait for your review" in seen.words


async def test_who_may_only_look_sees_no_buttons_that_would_be_refused(
    second_browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    async with database.transaction() as session:
        viewer = await accounts.create_user(session, email="view@kornblume.example", password=seeds.PASSWORD)
    async with database.transaction(seeded.organization_id) as session:
        session.add(Membership(organization_id=seeded.organization_id, user_id=viewer.id, role=Role.VIEWER))
    await second_browser.sign_in("view@kornblume.example", seeds.PASSWORD)
    for path, form in (("/channels", "/channels/"), ("/strategy", "/strategy/"), ("/this-week", "/calendar/")):
        assert f'action="{form}' not in (await second_browser.open(path)).text, path


async def test_home_names_the_networks_of_the_plan_that_have_no_account(
    browser: Browser, database: Database, seeded: seeds.Seeded
) -> None:
    assert "nowhere to go" not in (await browser.open("/this-week")).words
    async with database.transaction(seeded.organization_id) as session:
        account = (await session.scalars(select(SocialAccount))).one()
        account.is_active = False
    seen = await browser.open("/this-week")
    assert f"Posts for {account.platform.label} have nowhere to go yet" in seen.words


async def test_a_page_that_saves_in_the_background_leaves_no_notice_for_the_next_page(
    browser: Browser, seeded: seeds.Seeded
) -> None:
    page = f"/pieces/{seeded.piece.id}"
    await browser.open(page)
    told = await browser.send(page, {"body": "Rye keeps.", "based_on": 1})
    assert "The new text needs an approval" in told.words
    quiet = await browser.send(page, {"body": "Rye keeps well.", "based_on": 2, "quietly": "true"})
    assert "The new text needs an approval" not in quiet.words
    assert "as revision 3" in quiet.words
