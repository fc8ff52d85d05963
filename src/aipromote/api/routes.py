"""All resources under one prefix."""

from __future__ import annotations

from fastapi import APIRouter

from aipromote.api import audit, facts, knowledge, metrics, organization, pieces, posts, strategies
from aipromote.api.calls import PREFIX

RESOURCES = (organization, pieces, facts, knowledge, posts, strategies, metrics, audit)

router = APIRouter(prefix=PREFIX)
for module in RESOURCES:
    router.include_router(module.router)
