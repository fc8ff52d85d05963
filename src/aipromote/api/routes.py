"""All resources under one prefix."""

from __future__ import annotations

from fastapi import APIRouter

from aipromote.api import audit, facts, metrics, organization, pieces, posts
from aipromote.api.calls import PREFIX

RESOURCES = (organization, pieces, facts, posts, metrics, audit)

router = APIRouter(prefix=PREFIX)
for module in RESOURCES:
    router.include_router(module.router)
