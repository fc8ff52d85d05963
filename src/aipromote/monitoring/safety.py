"""What becomes of the work of a queue while nothing of it is done: each queue carries something else."""

from __future__ import annotations

from aipromote.jobs.kinds import ANALYTICS, CONTENT_GENERATION, EMAIL, PUBLISHING, STRATEGY_GENERATION
from aipromote.monitoring.looking import Facts

_POSTS_GO_OUT = "Posts go out all the same."
_WORDS = {
    EMAIL.name: f"Nothing is lost: e-mails wait in PostgreSQL and are sent when {{when}}. {_POSTS_GO_OUT}",
    ANALYTICS.name: (
        f"Nothing is lost: numbers, forecasts, summaries and periodic tasks wait until {{when}}. {_POSTS_GO_OUT}"
    ),
    CONTENT_GENERATION.name: (
        "Nothing is lost: texts that were asked for wait in PostgreSQL and are written when {when}. "
        "Posts that are scheduled go out all the same."
    ),
    STRATEGY_GENERATION.name: (
        "Nothing is lost: plans that were asked for wait in PostgreSQL and are written when {when}. "
        "Posts that are scheduled go out all the same."
    ),
}


def safe_until(facts: Facts, when: str, *, queue: str = PUBLISHING.name) -> str:
    """What happens meanwhile to what this queue carries; to posts where nothing works at all."""
    if queue in _WORDS:
        return _WORDS[queue].format(when=when)
    hours = f"{facts.config.late_hours:g}"
    return (
        f"Nothing is lost: posts wait in PostgreSQL and go out when {when}; one that is more than {hours} h late is "
        "not sent, and you are told."
    )
