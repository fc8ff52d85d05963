"""What the audit trail says, in words: acts, values before and after, and where the thing can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from aipromote.audit.detail import Detail
from aipromote.languages import Lazy, _, lazy

ACTS: Final[dict[str, Lazy]] = {
    "account.connected": lazy("Connected an account"),
    "account.created": lazy("Made an account here"),
    "account.disconnected": lazy("Disconnected an account"),
    "account.turned_away": lazy("A network turned an account away"),
    "advice.rejected": lazy("Turned a piece of advice down"),
    "asset.read": lazy("Read the text of a file"),
    "asset.removed": lazy("Deleted a file"),
    "asset.stored": lazy("Stored a file"),
    "brand_rules.adopted": lazy("Took brand rules over from the brief"),
    "brand_rules.changed": lazy("Changed the brand rules"),
    "brief.changed": lazy("Changed the brief"),
    "budget.set": lazy("Set the budget for models"),
    "calendar_feed.created": lazy("Made a calendar address"),
    "calendar_feed.revoked": lazy("Took a calendar address back"),
    "comment.made": lazy("Commented on a post"),
    "comment.removed": lazy("Deleted a comment"),
    "comment.reopened": lazy("Opened a comment again"),
    "comment.resolved": lazy("Resolved a comment"),
    "fact.changed": lazy("Changed a fact"),
    "fact.expired": lazy("Let a fact end"),
    "fact.recorded": lazy("Added a fact"),
    "fact.removed": lazy("Removed a fact"),
    "feed.brought_forward": lazy("Had a feed looked at"),
    "feed.followed": lazy("Followed a feed"),
    "feed.imported": lazy("Made drafts of articles"),
    "feed.paused": lazy("Paused a feed"),
    "feed.resumed": lazy("Let a feed go on"),
    "feed.unfollowed": lazy("Stopped following a feed"),
    "invitation.resent": lazy("Sent an invitation again"),
    "invitation.revoked": lazy("Took an invitation back"),
    "invitation.sent": lazy("Invited somebody"),
    "key.created": lazy("Made an API key"),
    "key.revoked": lazy("Revoked an API key"),
    "letter.accepted": lazy("Took the week’s advice"),
    "member.added": lazy("Joined the team"),
    "member.left": lazy("Left the team"),
    "member.removed": lazy("Removed somebody from the team"),
    "member.role_changed": lazy("Changed somebody’s role"),
    "network_app.chosen": lazy("Entered an app of a network"),
    "network_app.removed": lazy("Removed an app of a network"),
    "organization.created": lazy("Founded the organization"),
    "organization.exported": lazy("Took everything along as a file"),
    "organization.handed_over": lazy("Handed the ownership over"),
    "organization.imported": lazy("Brought the organization in from a file"),
    "organization.late_window_set": lazy("Set how late posts may go out"),
    "piece.adapted": lazy("Adapted a text for another network"),
    "piece.approved": lazy("Approved a text"),
    "piece.archived": lazy("Archived a text"),
    "piece.card_added": lazy("Put a picture with words to a text"),
    "piece.changes_asked": lazy("Asked for changes to a text"),
    "piece.edited": lazy("Edited a text"),
    "piece.file_attached": lazy("Attached a file to a text"),
    "piece.picture_removed": lazy("Took a picture from a text"),
    "piece.pillar_changed": lazy("Put a text under another pillar"),
    "piece.placed": lazy("Gave a text its place in the plan"),
    "piece.planned": lazy("Planned a text for another day"),
    "piece.restored": lazy("Brought a text back"),
    "piece.submitted": lazy("Handed a text in for review"),
    "piece.written": lazy("Wrote a text"),
    "post.cancelled": lazy("Cancelled a post"),
    "post.looked_up": lazy("Had a post looked up"),
    "post.rescheduled": lazy("Moved a post"),
    "post.retried": lazy("Had a post tried again"),
    "post.scheduled": lazy("Scheduled a post"),
    "post.sent_now": lazy("Had a post sent now"),
    "post.settled": lazy("Said what became of a post"),
    "publishing.held": lazy("Held publishing"),
    "publishing.released": lazy("Let publishing go on"),
    "review_link.created": lazy("Made a review link"),
    "review_link.revoked": lazy("Revoked a review link"),
    "series.active": lazy("Let a series go on"),
    "series.cancelled": lazy("Ended a series"),
    "series.completed": lazy("Completed a series"),
    "series.part_moved": lazy("Moved a part of a series"),
    "series.paused": lazy("Paused a series"),
    "series.planned": lazy("Planned a series"),
    "signature.kept": lazy("Kept a signature"),
    "signature.removed": lazy("Removed a signature"),
    "strategy.accepted": lazy("Accepted a plan"),
    "strategy.assembled": lazy("Put a plan together out of changes"),
    "strategy.changes_decided": lazy("Decided on changes of a plan"),
    "strategy.edited": lazy("Edited a plan"),
    "strategy.rejected": lazy("Rejected a plan"),
    "strategy.rolled_back": lazy("Went back to an earlier plan"),
    "studio.changed": lazy("An administrator of the instance changed a row"),
    "studio.opened": lazy("An administrator of the instance looked at rows"),
    "template.kept": lazy("Kept a template"),
    "template.removed": lazy("Removed a template"),
    "variant.chosen": lazy("Chose a variant of a text"),
    "variant.dismissed": lazy("Dismissed a variant of a text"),
    "writing.cancelled": lazy("Stopped the writing"),
    "writing.requested": lazy("Asked for texts or a plan"),
}
"""By action. One that is missing here is shown by its name."""

KINDS: Final[dict[str, Lazy]] = {
    "content_pieces": lazy("Texts"),
    "scheduled_posts": lazy("Posts"),
    "ai_strategies": lazy("Plans"),
    "series": lazy("Series"),
    "feeds": lazy("Feeds"),
    "facts": lazy("Facts"),
    "brand_rules": lazy("Rules"),
    "assets": lazy("Files"),
    "social_accounts": lazy("Accounts of networks"),
    "publishing_holds": lazy("Publishing as a whole"),
    "users": lazy("Members"),
    "invitations": lazy("Invitations"),
    "api_keys": lazy("API keys"),
    "organizations": lazy("The organization"),
}
"""What people may ask for: the table of the thing, and its word."""

_PAGES: Final = {
    "content_pieces": "/pieces/{}",
    "scheduled_posts": "/posts/{}",
    "series": "/content/series/{}",
    "ai_strategies": "/strategy",
    "feeds": "/content/feeds",
    "facts": "/facts",
    "brand_rules": "/approval",
    "social_accounts": "/channels",
    "users": "/team",
    "invitations": "/team",
    "api_keys": "/keys",
    "weekly_summaries": "/summaries",
}


def act(action: str) -> str:
    """In words."""
    return str(ACTS[action]) if action in ACTS else action.replace(".", ": ").replace("_", " ")


def page_of(subject: str, subject_id: UUID) -> str | None:
    """Where it can be looked at."""
    address = _PAGES.get(subject)
    return address.format(subject_id) if address else None


def changes(detail: Detail) -> Iterator[tuple[str, str, str]]:
    """Name, value before and value after of all that is told; empty where one of the two is not."""
    for name in [*detail.before, *(name for name in detail.after if name not in detail.before)]:
        before, after = (_shown(values[name]) if name in values else "" for values in (detail.before, detail.after))
        yield name.replace("_", " "), before, after


def _shown(value: object) -> str:
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or _("none")
    text = str(value)
    return text.lower() if text.isupper() and text.isascii() and "_" not in text else text
