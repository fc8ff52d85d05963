"""The protocol of what makes embeddings: texts as points of which those of like meaning lie close together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

Vector = list[float]
"""Of like meaning: a small angle between them. Comparable only between those of one model."""
DIMENSIONS = range(1, 16_001)
"""Numbers of a vector; pgvector takes no more."""


class Embedder(Protocol):
    """Makes vectors of texts."""

    @property
    def name(self) -> str:
        """The model's, with its provider. Vectors of another name are not comparable."""
        ...

    async def embed(
        self, texts: Sequence[str], *, kind: Literal["query", "document"], patient: bool = True
    ) -> list[Vector]:
        """One for each text. A question and what may answer it can be embedded in different ways.

        Without patience it is asked once, and for a few seconds. Raises ModelsFailed with words for people, also where
        the budget does not cover it.
        """
        ...
