"""A lease is held by one, for as long as it works, and free soon after it was killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from job_samples import eventually

from aipromote.jobs.carrier import Carrier
from aipromote.jobs.lease import leased

_HOLDER = """
import asyncio, sys
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.lease import leased

async def main():
    async with leased(Carrier(sys.argv[1], prefix=sys.argv[2]), "work", seconds=1.5) as is_ours:
        print(is_ours, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def _is_free(carrier: Carrier) -> bool:
    async with leased(carrier, "work") as is_ours:
        return is_ours


async def test_one_works_and_the_others_hear_that_somebody_does(carrier: Carrier) -> None:
    async with leased(carrier, "work", seconds=0.3) as is_ours:
        assert is_ours
        assert not await _is_free(carrier)
        await asyncio.sleep(0.7)  # longer than it lasts: it is renewed
        assert not await _is_free(carrier)
    assert await _is_free(carrier)


async def test_work_that_fails_lets_go(carrier: Carrier) -> None:
    with pytest.raises(ValueError, match="broken"):
        async with leased(carrier, "work"):
            raise ValueError("broken")
    assert await _is_free(carrier)


async def test_who_lost_its_lease_does_not_take_the_next_ones(carrier: Carrier) -> None:
    first, second = leased(carrier, "work"), leased(carrier, "work")
    assert await first.__aenter__()
    await carrier.redis.delete(f"{carrier.prefix}:work")  # as when Redis comes back empty
    assert await second.__aenter__()
    await first.__aexit__(None, None, None)
    assert not await _is_free(carrier)
    await second.__aexit__(None, None, None)
    assert await _is_free(carrier)


@pytest.fixture
def killed(redis_server_url: str, prefix: str) -> None:
    """A process took the lease, and was killed with it."""
    arguments = [sys.executable, "-c", _HOLDER, redis_server_url, prefix]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        told = holder.stdout.readline()
        holder.kill()
    assert told == "True\n"


async def test_after_a_kill_it_is_free_again_within_its_time(carrier: Carrier, killed: None) -> None:
    assert not await _is_free(carrier)
    await eventually(lambda: _is_free(carrier))
