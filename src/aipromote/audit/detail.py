"""What an entry says beyond its action: the values that mattered, before and after. Short, and never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import to_json

LONGEST = 200
"""Characters of one text; a longer one is cut, so that no whole post stands in the log."""
_MOST = 20
_NEVER = frozenset({"body", "parts", "password", "secret", "token", "hash", "verifier"})
"""Words that name a secret or a whole text: a verb that records one of them by mistake fails in its tests."""


def _plain(value: Any) -> Any:
    """As JSON has it, and short."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, BaseModel | Mapping):
        value = to_json(value).decode()
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in list(value)[:_MOST]]
    return value


Value = Annotated[str | int | float | bool | list[str] | None, BeforeValidator(_plain)]


class Detail(BaseModel):
    """Values by name, as they were and as they are now; `reason` is what the actor gave as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: dict[str, Value] = Field(default_factory=dict, max_length=_MOST)
    after: dict[str, Value] = Field(default_factory=dict, max_length=_MOST)
    reason: Annotated[str | None, BeforeValidator(_plain)] = None

    @field_validator("before", "after")
    @classmethod
    def _nothing_confidential(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in values:
            if _NEVER.intersection(name.lower().split("_")):
                msg = f"{name!r} has no place in the audit log"
                raise ValueError(msg)
        return values
