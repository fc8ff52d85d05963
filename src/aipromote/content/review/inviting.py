"""The letter with a review link. It is sent at once and kept nowhere: the link in it is the key."""

from __future__ import annotations

from aipromote import clock, settings
from aipromote.content.review.models import ReviewLink
from aipromote.notifications import letters, senders
from aipromote.notifications.errors import Deferred, Refused
from aipromote.notifications.told import Told

UNTOLD = "No mail server is named (AIPROMOTE_SMTP_URL), so no letter can go out. Hand the link over yourself."


async def send(link: ReviewLink, *, token: str, maker: str, organization: str, pieces: int, ends: str) -> str:
    """Send it to the link's address, while somebody waits. Empty once the mail server took it, otherwise why not."""
    config = settings.get()
    if link.email is None:
        return "No e-mail address was given."
    if config.smtp_url is None or not config.smtp_url.get_secret_value():
        return UNTOLD
    data = Told(
        headline=maker,
        reason=organization,
        count="one post" if pieces == 1 else f"{pieces} posts",
        excerpt="approve them, ask for changes or comment" if link.may_approve else "comment on them",
        waiting=ends,
        path=f"/review/{token}",
    )
    try:
        message = letters.compose(
            letters.render("review-invitation", data),
            notification_id=link.id,
            recipient=link.email,
            sender=config.mail_from,
            date=clock.now(),
        )
        await senders.current().send(message)
    except (Refused, Deferred) as refused:
        return str(refused)
    except ValueError:
        return "The address fits no letter."
    return ""
