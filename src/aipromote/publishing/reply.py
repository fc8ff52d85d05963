"""What a network said about one call, kept for whoever looks into a failure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue


def storable(text: str) -> str:
    """Without the characters that PostgreSQL has no place for: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _as_json(value: Any) -> Any:
    """Whatever a connector took out of an answer: that something is no JSON must never cost the attempt's outcome."""
    if isinstance(value, Mapping):
        return {storable(str(name)): _as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_json(part) for part in value]
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return storable(str(value))


class Reply(BaseModel):
    """The answer to one armed call, and how often the network was asked about it in vain.

    Fields of other releases are kept as they are: an attempt of an older one can still be open.
    """

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)

    code: Annotated[str, BeforeValidator(lambda code: storable(str(code)))] = ""
    """The network's own name for what went wrong; empty where it gave none."""
    detail: Annotated[dict[str, JsonValue], BeforeValidator(_as_json)] = Field(default_factory=dict)
    """What else it said, field by field, in its own words."""
    look_ups: int = Field(default=0, ge=0)
    """How often the network was asked whether it has the post, and did not know."""
