"""The process that opens hostile pictures and videos: `python -I -m aipromote.assets.child ORDER` (see `apart`).

The file is its standard input; ORDER is JSON. It answers with one line of JSON, and after it the bytes of a picture
that it made. For a video it becomes ffprobe, once its limits are set.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any, BinaryIO

MAX_MEMORY = 1280 * 1024 * 1024
"""Of address space: 50 million pixels twice, and libraries."""


def _limit(seconds: int) -> None:
    import resource  # noqa: PLC0415 -- not on Windows, where time alone is limited

    bounds = {
        resource.RLIMIT_AS: MAX_MEMORY,
        resource.RLIMIT_CPU: seconds + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in bounds.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Read the order, do it, answer."""
    order = json.loads(sys.argv[1])
    with suppress(ImportError):
        _limit(int(order["seconds"]))
    if order["do"] == "probe":
        os.execv(order["command"][0], order["command"])  # noqa: S606 -- the program that the settings name, no shell
    answer, content = _answer(order, sys.stdin.buffer)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


def _answer(order: dict[str, Any], file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    from aipromote.assets.drawn import Drawn  # noqa: PLC0415 -- Pillow, after the limits
    from aipromote.assets.fitting import Unfit  # noqa: PLC0415 -- the same

    try:
        drawn = Drawn.opened(file)
        if order["do"] == "look":
            return {"look": drawn.described()}, b""
        return drawn.fitted(order["rules"])
    except Unfit as problem:
        return {"problem": str(problem)}, b""
    except MemoryError:
        return {"problem": "needs more memory than a picture should. Take a smaller one"}, b""


if __name__ == "__main__":
    main()
