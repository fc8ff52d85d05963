"""Tokens are refreshed ahead of their end, whoever publishes what."""

from __future__ import annotations

from aipromote.channels.refreshing import refresh_expiring
from channels.door import Counted, Door, through

MINUTE, DAY = 60, 86_400


async def _sweep(door: Door, ends_in: float) -> int:
    await door.ends_at(ends_in)
    return await refresh_expiring(door.database, door.http)


async def test_tokens_that_end_soon_or_have_ended_are_refreshed(door: Door) -> None:
    for ends_in in (25 * MINUTE, -3 * DAY):
        before = (await door.row()).access_token
        assert await _sweep(door, ends_in) == 1
        assert (await door.row()).access_token != before


async def test_tokens_of_a_day_and_less_are_left_until_they_end_soon(door: Door) -> None:
    assert await _sweep(door, 35 * MINUTE) == 0
    assert await _sweep(door, 23 * 60 * MINUTE) == 0
    assert door.refreshes() == 1


async def test_tokens_that_live_for_weeks_are_refreshed_days_before(door: Door) -> None:
    assert await _sweep(door, 4 * DAY) == 0
    assert await _sweep(door, 2 * DAY) == 1
    assert door.refreshes() == 2


async def test_an_account_that_cannot_be_refreshed_stays_connected_and_waits(door: Door) -> None:
    with through(Counted()) as network:
        await door.reach_through(network)
        await door.network._server.close()
        assert await _sweep(door, 10 * MINUTE) == 1
        assert await refresh_expiring(door.database, door.http) == 0  # it is left alone for a while
        assert network.calls == 1
    assert (await door.row()).is_active


async def test_a_consent_that_ended_is_told_before_a_post_is_late(door: Door) -> None:
    await door.network.fault("revoke_tokens")
    assert await _sweep(door, 10 * MINUTE) == 1
    assert not (await door.row()).is_active
