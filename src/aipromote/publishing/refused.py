"""What people read when a network refused a post: what it said, what that means, and what they can do."""

from __future__ import annotations

from aipromote.connectors.errors import MediaRejected, PolicyBlocked, Rejected, TargetGone

_WORDS: tuple[tuple[type[Rejected], str, str, str], ...] = (
    (MediaRejected, "media_rejected", "does not take a file of this post", "Replace the file and schedule it again."),
    (
        PolicyBlocked,
        "policy_blocked",
        "refused what this post says, by its rules",
        "It is not tried again by itself: change the text or its links, then schedule it again.",
    ),
    (
        TargetGone,
        "target_gone",
        "no longer has the place that this was to go to",
        "Choose another account or place, then schedule it again.",
    ),
    (Rejected, "rejected", "refused this", "Change the text and schedule it again."),
)
KINDS = frozenset(kind for _, kind, _, _ in _WORDS)
"""For programs."""


def refused(error: Rejected, *, network: str, sent: int, parts: int) -> tuple[str, str]:
    """The kind for programs, and the words. `sent` of `parts` messages are out."""
    kind, what, remedy = next((kind, what, then) for cls, kind, what, then in _WORDS if isinstance(error, cls))
    rest = f" {sent} of {parts} parts are out." if sent else ""
    said = error.reason.strip()
    end = "" if said.endswith((".", "!", "?")) else "."
    return kind, f"{network} {what}: {said}{end}{rest} {remedy}"
