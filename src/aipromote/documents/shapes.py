"""What the stored documents have in common: unknown fields are refused, and JSON names are what the database shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A document that is stored as JSON and checked on the way in and out."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


Percent = Annotated[int, Field(ge=0, le=100)]
"""A share in whole percent."""
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
