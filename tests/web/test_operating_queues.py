"""What an administrator of the instance does to the queues, and what comes of it in the real Valkey."""

from __future__ import annotations

import html
import re

import operators
import structlog
from site_client import Browser, Seen

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.kinds import PUBLISHING

QUEUES = "/operations/queues"
FAILED = "/operations/queues/publishing/failed"


def form(page: Seen, action: str, which: int = 0) -> dict[str, str]:
    """The hidden fields of a form on the page, as a browser would send them."""
    found = re.findall(rf'<form method="post" action="{re.escape(action)}">(.*?)</form>', page.text, re.DOTALL)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', found[which])
    return {name: html.unescape(value) for name, value in fields}


async def press(browser: Browser, action: str, which: int = 0) -> Seen:
    """The button of that form."""
    assert browser.page is not None
    return await browser.send(action, form(browser.page, action, which))


async def test_a_paused_queue_is_shown_loudly_and_goes_on_when_it_is_resumed(
    administrator: Browser, carried: Carrier
) -> None:
    page = await administrator.open(QUEUES)
    assert "Pause publishing?" in page.words
    assert "24 h late by then is not sent" in page.words
    assert re.search(r"Pause email\?[^?]*E-mails wait; posts go out all the same\.", page.words)
    after = await press(administrator, f"{QUEUES}/publishing/pause")
    assert "publishing is paused. What runs is finished" in after.words
    assert "The queue publishing is paused. Nothing waits in it yet." in after.words
    assert await carried.queue(PUBLISHING).isPaused()
    assert "The queue publishing is paused." in (await administrator.open("/operations")).words
    await administrator.open(QUEUES)
    assert "publishing goes on." in (await press(administrator, f"{QUEUES}/publishing/resume")).words
    assert not await carried.queue(PUBLISHING).isPaused()


async def test_a_failed_job_is_told_with_reason_attempts_pointer_and_traceback(
    administrator: Browser, carried: Carrier
) -> None:
    await operators.fail(carried)
    assert "1 failed jobs of publishing" in (await administrator.open(QUEUES)).words
    page = await administrator.open(FAILED)
    assert "publish-post" in page.words
    assert "just now · 1 attempt" in page.words
    assert "The network said <b>no</b>." in page.words
    assert "Traceback (most recent call last)" in page.words
    assert re.search(r'Pointer \{"posts": \[\["[0-9a-f-]{36}", "[0-9a-f-]{36}"\]\]', page.words)
    assert "<b>no" not in page.text


async def test_one_job_is_run_again_and_another_is_discarded(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried, 3)
    await administrator.open(FAILED)
    assert "The job runs again." in (await press(administrator, f"{FAILED}/replay")).words
    assert (await operators.failed(carried), await operators.waiting(carried)) == (2, 1)
    assert "The job is gone." in (await press(administrator, f"{FAILED}/discard")).words
    assert (await operators.failed(carried), await operators.waiting(carried)) == (1, 1)


async def test_a_job_that_somebody_else_ran_again_is_not_found_twice(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried)
    page = await administrator.open(FAILED)
    fields = form(page, f"{FAILED}/replay")
    await administrator.send(f"{FAILED}/replay", fields)
    again = await administrator.send(f"{FAILED}/replay", fields)
    assert again.status == 404
    assert "There is no failed job" in again.words
    assert await operators.waiting(carried) == 1


async def test_all_are_run_again_at_once(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried, 4)
    page = await administrator.open(FAILED)
    assert "Run 4 failed jobs again?" in page.words
    after = await press(administrator, f"{FAILED}/replay-all")
    assert "4 jobs run again." in after.words
    assert "No failed job" in after.words
    assert (await operators.failed(carried), await operators.waiting(carried)) == (0, 4)


async def test_all_are_discarded_unless_more_have_failed_than_were_seen(
    administrator: Browser, carried: Carrier
) -> None:
    await operators.fail(carried, 2)
    page = await administrator.open(FAILED)
    await operators.fail(carried, 3)
    seen_two = form(page, f"{FAILED}/discard-all")
    refused = await administrator.send(f"{FAILED}/discard-all", seen_two)
    assert "Nothing was discarded: 3 more jobs have failed meanwhile." in refused.words
    assert await operators.failed(carried) == 5
    assert "5 jobs are gone." in (await press(administrator, f"{FAILED}/discard-all")).words
    assert (await operators.failed(carried), await operators.waiting(carried)) == (0, 0)


async def test_one_kind_is_chosen_and_only_that_is_discarded(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried, 2)
    await operators.fail_hostile(carried)
    page = await administrator.open(f"{FAILED}?kind=publish-post")
    assert "Discard 2 failed jobs of the kind publish-post?" in page.words
    assert "2 jobs are gone." in (await press(administrator, f"{FAILED}/discard-all")).words
    assert await operators.failed(carried) == 1


async def test_pages_lead_through_all_of_them_and_an_act_leads_back_to_its_page(
    administrator: Browser, carried: Carrier
) -> None:
    await operators.fail(carried, 30)
    ids: set[str] = set()
    page = await administrator.open(FAILED)
    ids |= {html.unescape(found) for found in re.findall(r'name="job" value="([^"]+)"', page.text)}
    assert len(ids) == 25
    [earlier] = re.findall(r'href="([^"]+)">Earlier ones', page.text)
    page = await administrator.open(html.unescape(earlier))
    ids |= {html.unescape(found) for found in re.findall(r'name="job" value="([^"]+)"', page.text)}
    assert len(ids) == 30
    assert "Earlier ones" not in page.words
    assert "after=" in (await press(administrator, f"{FAILED}/discard")).url
    assert (await administrator.open(f"{FAILED}?after=nonsense")).status == 422


async def test_a_hostile_job_puts_no_markup_into_any_page(administrator: Browser, carried: Carrier) -> None:
    await operators.fail_hostile(carried)
    for path in (*operators.PAGES, f"{FAILED}?kind=%3Cscript%3Ealert%28%27operator%27%29%3C%2Fscript%3E"):
        page = await administrator.open(path)
        assert page.status == 200, path
        assert "<script>alert" not in page.text, path
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page.text, path
        assert len(page.text) < 60_000, path
    page = await administrator.open(FAILED)
    assert operators.HOSTILE in page.words
    assert "No worker of this release knows this kind of job." in page.words
    await press(administrator, f"{FAILED}/discard")
    assert await operators.failed(carried) == 0


async def test_workers_are_told_alive_or_dead_in_words(administrator: Browser, carried: Carrier) -> None:
    alive = await operators.beat(carried)
    dead = await operators.beat(carried, silent_for=900)
    page = await administrator.open(QUEUES)
    assert re.search(rf"{alive} Alive .*? 2 \d seconds? ago", page.words)
    assert re.search(rf"{dead} Dead .*? 2 15 minutes ago", page.words)
    assert "What it held is taken over by others." in page.words


async def test_the_drawing_says_in_words_what_it_shows(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried, 3)
    page = await administrator.open(QUEUES)
    assert '<title id="t-publishing">Jobs by the minute' in page.text
    assert '<desc id="d-publishing">0 done; 3 failed.</desc>' in page.text
    assert "Nothing was finished." in page.words


async def test_every_act_is_logged_with_who_did_what(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried, 5)
    with structlog.testing.capture_logs() as logs:
        await administrator.open(QUEUES)
        await press(administrator, f"{QUEUES}/email/pause")
        await press(administrator, f"{QUEUES}/email/resume")
        await administrator.open(FAILED)
        for act in ("replay", "discard", "replay-all"):
            await press(administrator, f"{FAILED}/{act}")
        await operators.fail(carried, 2)
        await administrator.open(FAILED)
        await press(administrator, f"{FAILED}/discard-all")
    told = [line for line in logs if line["event"] == "operator acted"]
    assert [line["act"] for line in told] == [
        "queue paused", "queue resumed", "job replayed", "job discarded", "jobs replayed", "jobs discarded",
    ]  # fmt: skip
    assert {line["actor"] for line in told} == {"Ada"}
    assert all(line["user_id"] for line in told)
    assert told[4]["how_many"] == 3
    assert operators.EMAIL not in str(told)


async def test_a_list_does_not_move_under_the_hands_of_who_reads_it(administrator: Browser, carried: Carrier) -> None:
    assert "/current-" in (await administrator.open(QUEUES)).text
    assert "current.js" not in (await administrator.open(FAILED)).text


async def test_no_act_is_done_without_the_forms_token(administrator: Browser, carried: Carrier) -> None:
    await operators.fail(carried, 2)
    page = await administrator.open(FAILED)
    job = form(page, f"{FAILED}/discard")["job"]
    for path in (
        f"{QUEUES}/publishing/pause",
        *(f"{FAILED}/{act}" for act in ("discard", "discard-all", "replay-all")),
    ):
        refused = await administrator.send(path, {"csrf": "made-up", "job": job, "seen": "9"})
        assert refused.status == 403, path
    assert await operators.failed(carried) == 2
    assert not await carried.queue(PUBLISHING).isPaused()


async def test_a_queue_that_does_not_exist_is_not_found(administrator: Browser) -> None:
    await administrator.open(QUEUES)
    assert (await administrator.open("/operations/queues/nothing/failed")).status == 404
    assert (await administrator.send("/operations/queues/nothing/pause")).status == 404
