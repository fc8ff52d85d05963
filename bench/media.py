"""How much memory a large video takes on its way out: `.venv/bin/python bench/media.py [--megabytes 200]`.

Puts a video of that size into a data folder of its own and sends it, in a process that does nothing else, to a server
on this machine: once in chunks of 5 MB (each a request, as networks want it), once as one body. Before that a process
takes it in: looks at it, measures and stores it. Printed is by how much the peak of each process's memory grew beyond
what it was after a first small file. More than 64 MB is a failure.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import aiohttp
from aiohttp import web

from aipromote.assets import storage
from aipromote.assets.examining import examine
from aipromote.assets.renditions import Sendable
from aipromote.connectors.contract import Media
from aipromote.publishing.media import streamed

OWNER = UUID(int=1)
MEGABYTE = 1024 * 1024
CHUNK = 5 * MEGABYTE
MOST = 64


def peak() -> float:
    """Of this process's own memory so far, in MB. What getrusage tells includes the process that it was forked from."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert told, "Linux tells the peak of memory"
    return int(told.group(1)) / 1024


async def send(http: aiohttp.ClientSession, address: str, file: Media, how: str) -> None:
    if how == "one body":
        async with http.put(address, data=file.read(0, None), headers={"Content-Length": str(file.size)}) as answer:
            answer.raise_for_status()
        return
    for offset in range(0, file.size, CHUNK):
        async with http.put(address, data=await file.content(offset, CHUNK)) as answer:
            answer.raise_for_status()


async def child(address: str, how: str) -> None:
    """The process that sends: first the small file, then the large one."""
    files = {name: Sendable(**given) for name, given in json.loads(sys.stdin.read()).items()}
    async with aiohttp.ClientSession() as http:
        await send(http, f"{address}/small", streamed(files["small"], ""), how)
        before, begun = peak(), time.perf_counter()
        await send(http, f"{address}/large", streamed(files["large"], ""), how)
    print(json.dumps({"grew": peak() - before, "peak": peak(), "seconds": time.perf_counter() - begun}))


async def take_in(megabytes: int) -> None:
    """The process that takes files in: first a small one, then the large one."""
    grew, begun = 0.0, 0.0
    for size in (6, megabytes):
        with tempfile.TemporaryFile() as file:
            file.write(b"\0\0\0\x18ftypisom\0\0\0\0isommp42")
            for number in range(size):
                file.write(hashlib.sha256(str(number).encode()).digest() * (MEGABYTE // 32))
            before, begun = peak(), time.perf_counter()
            await examine(file, name="clip.mp4", organization_id=OWNER)
            grew = peak() - before
    print(json.dumps({"grew": grew, "peak": peak(), "seconds": time.perf_counter() - begun}))


async def stored(megabytes: int) -> Sendable:
    with tempfile.TemporaryFile() as file:
        for number in range(megabytes):
            file.write(hashlib.sha256(str(number).encode()).digest() * (MEGABYTE // 32))
        kept = await storage.keep_file(file, organization_id=OWNER, mime_type="video/mp4")
    return Sendable(kept.key, kept.bucket, "video/mp4", kept.size, "clip.mp4")


async def taken_in(megabytes: int) -> float:
    command = [sys.executable, __file__, "--take-in", "--megabytes", str(megabytes)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{megabytes} MB taken in: {found['grew']:.1f} MB more at its peak ({found['peak']:.0f} MB in all), "
        f"{found['seconds']:.1f} s"
    )
    return float(found["grew"])


async def parent(megabytes: int) -> int:
    received: dict[str, hashlib._Hash] = {}

    async def take(request: web.Request) -> web.Response:
        digest = received.setdefault(request.path, hashlib.sha256())
        async for block in request.content.iter_chunked(65536):
            digest.update(block)
        return web.Response()

    app = web.Application(client_max_size=1 << 40)
    app.router.add_put("/{name}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    worst = await taken_in(megabytes)
    large = await stored(megabytes)
    told = json.dumps({
        name: {"key": one.key, "bucket": one.bucket, "mime_type": one.mime_type, "size": one.size, "name": one.name}
        for name, one in (("small", await stored(6)), ("large", large))
    })  # fmt: skip
    for how in ("chunks", "one body"):
        received.clear()
        command = [sys.executable, __file__, "--child", address, how]
        done = await asyncio.to_thread(subprocess.run, command, input=told, capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        arrived = received["/large"].hexdigest() == large.key.rpartition("/")[2]
        print(
            f"{megabytes} MB as {how}: {found['grew']:.1f} MB more at its peak ({found['peak']:.0f} MB in all), "
            f"{found['seconds']:.1f} s, {'all of it arrived' if arrived else 'NOT what was stored'}"
        )
        worst = max(worst, found["grew"] if arrived else MOST)
    await runner.cleanup()
    return 0 if worst < MOST else 1


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--megabytes", type=int, default=200)
    given.add_argument("--child", nargs=2, metavar=("ADDRESS", "HOW"))
    given.add_argument("--take-in", action="store_true", help=argparse.SUPPRESS)
    chosen = given.parse_args()
    if chosen.take_in:
        asyncio.run(take_in(chosen.megabytes))
        return 0
    if chosen.child:
        asyncio.run(child(*chosen.child))
        return 0
    with tempfile.TemporaryDirectory() as home:
        os.environ["AIPROMOTE_HOME"] = str(Path(home))
        return asyncio.run(parent(chosen.megabytes))


if __name__ == "__main__":
    sys.exit(main())
