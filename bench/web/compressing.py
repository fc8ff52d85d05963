"""What compressing a page costs and saves, by level of gzip: `.venv/bin/python bench/web/compressing.py FILE …`.

The files are pages as they are before they are compressed (`curl -H 'Accept-Encoding: identity' …`). Printed are bytes
and the processor's milliseconds for one page, the median of 50 of each level in turn.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import time
from pathlib import Path

LEVELS = (1, 4, 6, 9)
ROUNDS = 50


def main() -> None:
    for name in sys.argv[1:]:
        body = Path(name).read_bytes()
        took: dict[int, list[float]] = {level: [] for level in LEVELS}
        size = {level: len(gzip.compress(body, level, mtime=0)) for level in LEVELS}
        for _ in range(ROUNDS):
            for level in LEVELS:
                begun = time.thread_time()
                gzip.compress(body, level, mtime=0)
                took[level].append(time.thread_time() - begun)
        print(f"{name}: {len(body):,} bytes")
        for level in LEVELS:
            print(f"  level {level}: {size[level]:>7,} bytes, {statistics.median(took[level]) * 1000:.2f} ms")


if __name__ == "__main__":
    main()
