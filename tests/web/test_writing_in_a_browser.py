"""Writing in a real Chromium: findings as one types, saving without leaving, and texts that nothing takes away."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import chromium
import pytest
import seeds
from playwright.async_api import Page, expect
from sqlalchemy import delete, select

from aipromote import clock
from aipromote.accounts.models import Session
from aipromote.content.models import Approval, ContentPiece
from aipromote.db.database import Database
from aipromote.organizations.models import Organization
from aipromote.publishing.models import ScheduledPost
from aipromote.scheduling import actions as scheduling
from aipromote.web import bundling
from assets import pictures


@pytest.fixture
async def seeded(chromium_page: Page, database: Database) -> seeds.Seeded:
    made = await seeds.startup(database)
    await chromium.sign_in(chromium_page, made.email, seeds.PASSWORD)
    await chromium_page.goto(f"/pieces/{made.piece.id}")
    return made


async def saved(database: Database, made: seeds.Seeded) -> tuple[int, str]:
    async with database.transaction(made.organization_id) as session:
        piece = (await session.scalars(select(ContentPiece).where(ContentPiece.id == made.piece.id))).one()
        return piece.revision, piece.body


async def somebody_else_saves(database: Database, made: seeds.Seeded, text: str) -> None:
    async with database.transaction(made.organization_id) as session:
        await scheduling.edit_piece(
            session,
            made.startup.owner,
            organization_id=made.organization_id,
            piece_id=made.piece.id,
            body=text,
            based_on=1,
        )


async def kept_in(page: Page) -> None:
    """Until the browser has a copy. The policy of the pages allows no text that becomes code, so it is asked anew."""
    for _ in range(100):
        if await page.evaluate("Object.keys(localStorage).length"):
            return
        await page.wait_for_timeout(50)
    pytest.fail("the browser keeps no copy")


async def test_findings_are_underlined_while_one_types_and_fixed_by_one_click_without_saving(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await field.fill("Rye keeps 👩‍👧 for 73 % longer. Try it!!! Now")
    await expect(page.locator(".mirror mark.tone-failed")).to_have_text("73 %")
    await expect(page.locator(".mirror mark.tone-review")).to_have_text("!!!")
    under, over = await page.locator(".mirror").bounding_box(), await field.bounding_box()
    assert under == over  # the marks lie under the words
    await field.press("F8")  # one finding after the other, by the keyboard
    assert await field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == "73 %"
    await expect(page.locator(".bubble")).to_contain_text("needs a proof")
    await field.press("Control+End")
    await page.get_by_role("button", name="Put this instead of “!!!”").first.click()
    await expect(field).to_have_value("Rye keeps 👩‍👧 for 73 % longer. Try it! Now")
    assert await field.evaluate("field => field.selectionStart === field.value.length")  # the caret is where it was
    await expect(page.locator(".mirror mark.tone-review")).to_have_count(0)
    await page.keyboard.press("Control+z")
    await expect(field).to_have_value("Rye keeps 👩‍👧 for 73 % longer. Try it!!! Now")
    assert await saved(database, seeded) == (1, seeded.piece.body)


async def test_the_preview_and_the_counter_follow_what_is_typed(chromium_page: Page, seeded: seeds.Seeded) -> None:
    page = chromium_page
    await page.locator("textarea[name=body]").fill("x" * 281)
    await expect(page.locator("#counter")).to_contain_text("1 too long")
    await expect(page.locator("#preview .beyond")).to_contain_text("x")
    await page.locator("#elsewhere select").select_option("INSTAGRAM")
    await expect(page.locator("#preview summary")).to_have_text("… more")
    await expect(page.locator("#preview")).to_contain_text("This post goes to X")
    await expect(page.locator("#counter")).to_contain_text("1 too long")  # of its own network still


async def test_saving_stays_on_the_page_and_says_when(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await field.fill("Rye keeps very well.")
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    assert await saved(database, seeded) == (2, "Rye keeps very well.")
    await expect(page.locator("#approving button")).to_contain_text("revision 2")
    await field.fill("Rye keeps well.")  # the form is as fresh as the page
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 3")
    await page.reload()
    await expect(field).to_have_value("Rye keeps well.")
    await expect(page.locator("#unsaved")).to_be_hidden()


async def test_a_text_of_a_browser_that_crashed_is_offered_again(chromium_page: Page, seeded: seeds.Seeded) -> None:
    address = chromium_page.url
    writing = await chromium_page.context.new_page()
    await writing.goto(address)
    await writing.locator("textarea[name=body]").fill("Never saved, and not lost.")
    await kept_in(writing)
    await writing.close(run_before_unload=False)  # nothing is asked, as in a crash
    page, offered = chromium_page, chromium_page.locator("#unsaved")
    await page.reload()
    await expect(offered).to_contain_text("You have an unsaved text of")
    await offered.get_by_role("button", name="Compare").click()
    await expect(offered.locator("ins").first).to_be_visible()
    await offered.get_by_role("button", name="Take it").click()
    await expect(page.locator("textarea[name=body]")).to_have_value("Never saved, and not lost.")
    await expect(offered).to_be_hidden()
    await page.locator("textarea[name=body]").press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    assert await page.evaluate("Object.keys(localStorage).length") == 0


async def test_signing_out_leaves_no_text_behind(chromium_page: Page, seeded: seeds.Seeded) -> None:
    page = chromium_page
    await page.locator("textarea[name=body]").fill("Mine alone.")
    await kept_in(page)
    other = await page.context.new_page()
    await other.goto("/this-week")
    await other.evaluate("document.querySelector('form[action$=\"/sign-out\"]').requestSubmit()")
    await other.wait_for_url("**/sign-in*")
    assert await other.evaluate("Object.keys(localStorage).length") == 0


async def test_two_tabs_see_both_texts_and_one_is_kept(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.locator("textarea[name=body]").fill("Theirs, saved first.")
    await field.fill("Mine, written meanwhile.")
    await other.locator("textarea[name=body]").press("Control+s")
    await expect(page.locator("#conflict [data-theirs]")).to_have_text("Theirs, saved first.")  # told at once
    await expect(page.locator("#conflict ins").first).to_be_visible()
    await expect(field).to_have_value("Mine, written meanwhile.")
    await field.press("Control+s")  # by habit: it changes nothing before one has chosen
    assert (await saved(database, seeded))[1] == "Theirs, saved first."
    await page.get_by_role("button", name="Keep mine").click()
    await expect(page.locator("#kept")).to_contain_text("as revision 3")
    assert await saved(database, seeded) == (3, "Mine, written meanwhile.")
    await expect(other.locator("textarea[name=body]")).to_have_value("Mine, written meanwhile.")


async def test_the_text_of_somebody_else_can_be_taken(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await field.fill("Mine.")
    await somebody_else_saves(database, seeded, "Theirs.")
    await field.press("Control+s")
    await page.get_by_role("link", name="Take theirs").click()
    await expect(field).to_have_value("Theirs.")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    await field.fill("Theirs, and more.")
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 3")
    assert await saved(database, seeded) == (3, "Theirs, and more.")


async def test_a_session_that_ends_meanwhile_takes_no_text_away(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    async with database.transaction() as session:
        await session.execute(delete(Session))
    await field.fill("Written without a session.")
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("You are signed out")
    await expect(field).to_have_value("Written without a session.")
    other = await page.context.new_page()
    await chromium.sign_in(other, seeded.email, seeds.PASSWORD)
    await other.close()
    await page.bring_to_front()
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    assert await saved(database, seeded) == (2, "Written without a session.")


async def test_the_page_asks_before_an_unsaved_text_is_left(chromium_page: Page, seeded: seeds.Seeded) -> None:
    page = chromium_page
    asked: list[str] = []

    async def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    await page.locator("textarea[name=body]").press_sequentially("Not saved. ")
    await page.goto("/this-week")
    assert asked == ["beforeunload"]


async def test_files_are_attached_described_and_put_in_order_while_a_text_is_not_saved(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await field.fill("Not saved yet.")
    chosen = [
        {"name": f"loaf-{number}.jpg", "mimeType": "image/jpeg", "buffer": pictures.photograph(300 + number, 300)}
        for number in range(2)
    ]
    await page.locator("#uploading input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
    await page.locator("#uploading button").click()
    await expect(page.locator("#preview img")).to_have_count(2)
    first = page.locator("figure.attached").first
    await first.get_by_label("What it shows").fill("A loaf, cut open")
    await first.get_by_role("button", name="Keep the description").click()
    await expect(page.locator("#preview img").first).to_have_attribute("alt", "A loaf, cut open")
    await first.get_by_role("button", name="Later").click()
    await expect(page.locator("#preview img").last).to_have_attribute("alt", "A loaf, cut open")
    svg = {"name": "logo.svg", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)></svg>"}
    await page.locator("#uploading input[type=file]").set_input_files(svg)  # type: ignore[arg-type]
    await page.locator("#uploading button").click()
    await expect(page.locator("#files-said")).to_contain_text("SVG pictures can hold programs")
    await expect(field).to_have_value("Not saved yet.")
    await field.press("Control+s")  # only files have changed, so nobody was faster
    await expect(page.locator("#kept")).to_contain_text("as revision 6")
    assert (await saved(database, seeded))[1] == "Not saved yet."


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_editor_has_no_violation_of_the_guidelines_and_fits_a_phone(
    chromium_page: Page, seeded: seeds.Seeded, scheme: str
) -> None:
    page = chromium_page
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.locator("textarea[name=body]").fill("We save 73 % of it. Try it!!!")
    await expect(page.locator(".mirror mark.tone-failed")).to_have_text("73 %")
    bundling.install_for_tests()
    axe = bundling.SOURCES / "node_modules/axe-core/axe.min.js"
    await page.evaluate(axe.read_text())
    for size in (chromium.DESK, chromium.PHONE):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        found = await page.evaluate("rules => axe.run(document.querySelector('main'), rules)", rules)
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_chosen_time_and_a_reason_survive_saving_and_are_what_the_keys_approve_with(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    time, reason = page.locator("#approving [name=local]"), page.locator("#approving [name=override_reason]")
    chosen = f"{clock.now() + timedelta(days=9):%Y-%m-%d}T15:37"
    await field.fill("We save 73 % of it.")
    await time.fill(chosen)
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    await expect(time).to_have_value(chosen)
    await reason.fill("Measured by us.")
    await page.locator("#asking summary").click()
    await page.get_by_label("What should change").fill("Perhaps nothing.")
    await field.fill("We save 73 % of it all.")
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 3")
    await expect(reason).to_have_value("Measured by us.")
    await expect(page.get_by_label("What should change")).to_have_value("Perhaps nothing.")
    await field.fill("We save 73 % of everything.")
    async with page.expect_navigation():
        await field.press("Control+Enter")
    await expect(page.locator("#approving")).to_have_count(0)
    async with database.transaction(seeded.organization_id) as session:
        approval = (await session.scalars(select(Approval).where(Approval.piece_id == seeded.piece.id))).one()
        assert (approval.revision, approval.override_reason) == (4, "Measured by us.")
        post = (await session.scalars(select(ScheduledPost).where(ScheduledPost.revision == 4))).one()
        zone = (await session.scalars(select(Organization.time_zone))).one()
        assert f"{post.scheduled_at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" == chosen


async def test_texts_are_kept_where_the_page_came_without_encryption(
    chromium_page: Page, database: Database, seeded: seeds.Seeded
) -> None:
    """Browsers take `crypto.randomUUID` away from pages of plain http that are not this computer's own."""
    page, field = chromium_page, chromium_page.locator("textarea[name=body]")
    await page.add_init_script("delete Crypto.prototype.randomUUID")
    await page.reload()
    await field.fill("Rye keeps very well.")
    await kept_in(page)
    await field.press("Control+s")
    await expect(page.locator("#kept")).to_contain_text("as revision 2")
    assert await saved(database, seeded) == (2, "Rye keeps very well.")
