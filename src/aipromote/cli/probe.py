"""`python -m aipromote.cli.probe web|worker`: whether this container's process is well, for its health check.

Exit code 0 when it is, 1 with a reason when not. Small on purpose: it runs every few seconds.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from aipromote import settings
from aipromote.jobs.carrier import Carrier
from aipromote.jobs.pulse import beats

_PATIENCE = 5.0


def web() -> str | None:
    """Why the web process on this machine cannot serve; None when it can."""
    connection = HTTPConnection("127.0.0.1", settings.get().port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        return f"the web process does not answer: {error}"
    finally:
        connection.close()
    return None if answer.status == HTTPStatus.OK else body


async def worker() -> str | None:
    """Why no worker of this host is alive; None when one has beaten lately."""
    config = settings.get()
    carrier = Carrier(config.require("redis_url"), prefix=config.queue_prefix)
    try:
        found = await beats(carrier.redis, prefix=config.queue_prefix)
    finally:
        await carrier.close()
    here = [beat for beat in found if beat.role == "worker" and beat.host == socket.gethostname()]
    return None if any(beat.alive for beat in here) else "no worker of this host has shown a sign of life lately"


def main() -> None:
    """The process's entry."""
    reason = asyncio.run(worker()) if sys.argv[1:] == ["worker"] else web()
    if reason is not None:
        sys.stderr.write(f"{reason}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
