"""What a model is told of a startup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aipromote.documents.brief import Brief
from aipromote.documents.facts import Fact

_PRIVATE: Any = {
    "founders": {"__all__": {"email", "image_url"}},
    "assets": True,
    "approval": True,
    "proof_points": True,
}
"""Of the brief, what no model needs. Proof points are told as facts: those that hold on the day."""


def about(brief: Brief, facts: Sequence[Fact]) -> dict[str, Any]:
    """The brief and the facts, for a prompt. `facts` are those that hold on the day."""
    return {
        "brief": brief.model_dump(mode="json", exclude=_PRIVATE, exclude_defaults=True)
        | {"languages": brief.languages},
        "facts": [{"statement": fact.statement, "source": fact.source} for fact in facts],
    }
