"""`python -m aipromote.sandbox --port N --store PATH`: the sandbox network in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from aipromote import clock, settings
from aipromote.sandbox import grants
from aipromote.sandbox.answers import RateLimit
from aipromote.sandbox.app import create_app


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m aipromote.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=8490, help="0 takes a free one; the first line printed is the address"
    )
    parser.add_argument("--store", type=Path, required=True, help="the SQLite file to keep everything in")
    parser.add_argument("--rate-limit", type=int, default=1000, help="posts per account and quarter of an hour")
    parser.add_argument("--access-seconds", type=float, default=grants.ACCESS_SECONDS, help="life of access tokens")
    parser.add_argument("--redirect-uri", action="append", default=[], help="trusted besides addresses on this machine")
    return parser.parse_args()


async def _serve(chosen: argparse.Namespace) -> None:
    app = create_app(
        chosen.store,
        rate_limit=RateLimit(calls=chosen.rate_limit),
        redirect_uris=chosen.redirect_uri,
        access_seconds=chosen.access_seconds,
    )
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.TCPSite(runner, chosen.host, chosen.port).start()
    port = runner.addresses[0][1]
    sys.stdout.write(f"http://{chosen.host}:{port}\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main() -> None:
    """Run until asked to stop."""
    clock.use(settings.get().clock_file)
    asyncio.run(_serve(_arguments()))


if __name__ == "__main__":
    main()
