"""The whole interface in the form of OpenAPI 3.1, for programs that make clients of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI

from aipromote import __version__
from aipromote.api.answers import Problem

_ABOUT = "Everything here needs a key, in the header `Authorization: Bearer <key>`. docs/api.md says how to make one."


def described(router: APIRouter) -> dict[str, Any]:
    """The document about these addresses. Every one of them wants a key, and errs in one shape."""
    alone = FastAPI(title="AIPromote", version=__version__, description=_ABOUT)
    alone.include_router(router)
    document = alone.openapi()
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schemas = parts.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    document["security"] = [{"key": []}]
    shape = {
        "type": "object",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/Problem"}},
    }
    wrong = {
        "description": "What went wrong, where, and what to do next.",
        "content": {"application/json": {"schema": shape}},
    }
    for path in document.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = wrong
    return document
