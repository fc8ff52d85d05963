"""Ending with one's parent: the kernel sends a process a signal when the one that started it dies (Linux only)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def tie_to(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """What a child of this process id does to get `number` when it dies; None where the kernel does not know of it.

    Only system calls, so it may run between fork and exec. The kernel ties a child to the *thread* that started it.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before that
            os._exit(1)

    return tie
