"""What `aipromote up` is at heart: the servers and one process of the product, until a signal comes."""

from __future__ import annotations

import sys
from pathlib import Path

# Started as a program, it does not have the path that pytest sets.
sys.path.insert(0, str(Path(__file__).parents[1]))

from aipromote.embedded.runtime import Runtime
from servers import plain_settings

with Runtime(Path(sys.argv[1]), settings=plain_settings()) as runtime:
    runtime.start_servers()
    runtime.spawn("sleeper", ["/bin/sleep", "1000"])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    runtime.wait()
