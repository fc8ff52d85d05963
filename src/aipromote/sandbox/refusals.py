"""What the sandbox network says when it was asked to refuse, and the ways in which it tells how long to wait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Literal, get_args

from aipromote import clock

WaitStyle = Literal["seconds", "float", "date", "epoch", "iso", "remaining", "body", "nested", "none"]
WAIT_STYLES: tuple[str, ...] = get_args(WaitStyle)

REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "refuse": (422, "refused", "The sandbox was asked to refuse this post."),
    "policy_blocked": (403, "policy", "The sandbox was asked to find that this breaks its rules."),
    "media_rejected": (422, "media_type", "The sandbox was asked to dislike the file."),
    "target_gone": (410, "target_gone", "The sandbox was asked to have lost what this was to go to."),
    "permission_missing": (403, "insufficient_scope", "The sandbox was asked to miss a permission."),
    "billing_exhausted": (402, "billing", "The sandbox was asked to want money from whoever runs AIPromote."),
    "duplicate": (409, "duplicate", "The sandbox was asked to take this for a repeat."),
    "unavailable": (503, "not_processed", "The sandbox was asked to be away. Nothing was stored."),
    "fail_unstored": (500, "internal_error", "The sandbox was asked to fail. It does not say whether it stored."),
    "request_timeout": (408, "request_timeout", "The sandbox was asked to give up waiting for the call."),
}
"""Status, code and words by the kind of fault. Nothing is stored."""
LIMITS: Mapping[str, str] = {"rate_limit": "rate_limited", "account_limit": "account_limit"}


def wait(seconds: float, *, style: str = "seconds") -> tuple[dict[str, str], dict[str, object]]:
    """Headers and members of the body that say how long to wait, in one of the forms that real networks use."""
    until = clock.now() + timedelta(seconds=seconds)
    headers = {
        "seconds": ("Retry-After", str(math.ceil(seconds))),
        "float": ("Retry-After", f"{seconds:.3f}"),
        "date": ("Retry-After", format_datetime(until + timedelta(seconds=1), usegmt=True)),  # dates have no fraction
        "epoch": ("X-RateLimit-Reset", str(math.ceil(until.timestamp()))),
        "iso": ("X-RateLimit-Reset", until.isoformat().replace("+00:00", "Z")),
        "remaining": ("X-RateLimit-Reset", str(math.ceil(seconds))),
    }
    members: dict[str, dict[str, object]] = {
        "body": {"retry_after": seconds},
        "nested": {"parameters": {"retry_after": math.ceil(seconds)}},
    }
    return dict([headers[style]] if style in headers else []), members.get(style, {})
