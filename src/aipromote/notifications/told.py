"""What a message is about: the values that its template puts into words."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class Told(BaseModel):
    """Which of them a template knows stands in `letters`; what is not there it leaves out.

    Values of templates of other releases are kept as they are.
    """

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True, use_attribute_docstrings=True)

    path: str | None = None
    """Where the person goes next, within the product: `/posts/…`."""
    platform: str | None = None
    """The network's name as people say it."""
    handle: str | None = None
    """The account there."""
    reason: str | None = None
    """What happened, in plain words."""
    scheduled_at: str | None = None
    """When the post was to go out, in words."""
    excerpt: str | None = None
    """How the post begins."""
    count: str | None = None
    """How many posts it is about, where there may be several."""
    posts: str | None = None
    """Them, a line each."""
    waiting: str | None = None
    """Posts that have yet to go out and may not, a line each."""
    week_start: str | None = None
    week_end: str | None = None
    ticket: str | None = None
    """What the letter's link is signed over. The signature comes with the letter, and stands in no row."""
    headline: str | None = None
    """The week in one sentence."""

    @model_serializer(mode="wrap")
    def _only_what_is_there(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}
