"""Numbers that forms and addresses carry: as large as a column of the database takes, and no larger."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Form, Path

_LARGEST: Final = 2**31 - 1

Revision = Annotated[int, Form(ge=1, le=_LARGEST)]
"""Which revision of a text was on the page."""
RevisionInPath = Annotated[int, Path(ge=1, le=_LARGEST)]
