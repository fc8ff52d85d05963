"""Where a worker can be stopped between two steps: tests kill it there."""

from __future__ import annotations

from collections.abc import Callable

Checkpoint = Callable[[str], None]
"""Called with the name of each point that the publish step gets to.

`asked` (the networks were asked, no answer is recorded), `looked_up`, `claimed` (not yet committed), `armed`, `fired`,
`half_recorded` (the attempts, not the posts; not yet committed) and `recorded`.
"""


def go_on(point: str) -> None:
    """Stop nowhere."""
    del point
