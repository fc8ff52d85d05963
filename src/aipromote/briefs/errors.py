"""What can be wrong with a draft."""

from __future__ import annotations

from aipromote.errors import StaleRevision


class SavedElsewhere(StaleRevision):
    """The step was saved from another window since this one was opened. Nothing is lost: both are there."""

    def __init__(self) -> None:
        super().__init__("This step was saved in another window after you opened it here. Nothing is lost.")
