"""A worker that kills itself (-9) when the publish step gets to a point: `victim.py point dial organization:post…`.

`fired` or `fired:1` is the first time that it gets there, `fired:2` the second; at `nowhere` it has to be killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

from aipromote import clock, schema
from aipromote.connectors import wire
from aipromote.db.database import Database
from aipromote.publishing.pace import Pace
from aipromote.publishing.step import publish_batch


async def main(point: str, posts: list[str]) -> None:
    name, _, times = point.partition(":")
    left = Counter({name: int(times or 1)})

    def die(reached: str) -> None:
        left[reached] -= 1
        if reached == name and not left[name]:
            os.kill(os.getpid(), signal.SIGKILL)

    keys = [(UUID(organization), UUID(post)) for organization, post in (name.split(":") for name in posts)]
    async with wire.open_session() as http:
        await publish_batch(
            Database.from_settings("victim"), http, keys, pace=Pace(lease=10.0, fire_timeout=5.0), at=die
        )


if __name__ == "__main__":
    assert schema.metadata
    clock.use(Path(sys.argv[2]))
    asyncio.run(main(sys.argv[1], sys.argv[3:]))
