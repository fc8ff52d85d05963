"""All resources under one prefix."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from aipromote.api import (
    audit,
    channels,
    comments,
    facts,
    feeds,
    knowledge,
    likeness,
    metrics,
    organization,
    pieces,
    posts,
    review_links,
    series,
    strategies,
    variants,
)
from aipromote.api.calls import PREFIX, Reading
from aipromote.api.description import described

RESOURCES = (
    organization,
    pieces,
    variants,
    comments,
    review_links,
    likeness,
    facts,
    knowledge,
    feeds,
    series,
    posts,
    channels,
    strategies,
    metrics,
    audit,
)

router = APIRouter(prefix=PREFIX)
for module in RESOURCES:
    router.include_router(module.router)


@router.get("/openapi.json", include_in_schema=False)
async def description(_call: Reading) -> Response:
    """Every address, parameter and shape."""
    return JSONResponse(_described())


@cache
def _described() -> dict[str, Any]:
    return described(router)
