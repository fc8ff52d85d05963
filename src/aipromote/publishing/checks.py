"""What may have changed since a post was scheduled. Checked when it is claimed, whatever way it came in."""

from __future__ import annotations

from dataclasses import dataclass

from aipromote import clock
from aipromote.connectors import counting, registry
from aipromote.content.states import ContentStatus, Decision
from aipromote.publishing.claims import Claim


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a post must not go out, for people; `kind` is for programs."""

    kind: str
    reason: str


def refusal(claim: Claim) -> Refusal | None:
    """The first thing that stands against sending this post; None when nothing does."""
    return _of_the_piece(claim) or _of_the_account(claim) or _of_the_text(claim)


def _of_the_piece(claim: Claim) -> Refusal | None:
    piece, approval = claim.piece, claim.approval
    if piece.status is ContentStatus.ARCHIVED:
        return Refusal("archived", "The piece was archived. Nothing was sent.")
    if piece.revision != claim.revision:
        return Refusal(
            "edited",
            f"The text was changed after this was scheduled (revision {claim.revision}, now {piece.revision}). "
            "Approve the new text and schedule it again.",
        )
    if approval is None or approval.decision is not Decision.APPROVED:
        return Refusal("unapproved", "Nobody has approved this text. Approve it and schedule it again.")
    if piece.expires_at is not None and piece.expires_at <= clock.now():
        return Refusal("expired", "The piece was only good until a time that has passed. Nothing was sent.")
    return None


def _of_the_account(claim: Claim) -> Refusal | None:
    account = claim.account
    if account is None or not account.is_active or account.access_token_sealed is None:
        name = account.handle if account else "for this post"
        return Refusal(
            "not_connected", f"The account {name} is not connected. Connect it, then schedule the post again."
        )
    if account.connector not in registry.names():
        return Refusal("not_connected", f"There is no connector {account.connector} here that could reach the account.")
    if account.platform is not claim.piece.platform:
        wanted, given = claim.piece.platform.label, account.platform.label
        return Refusal("wrong_platform", f"The text was written for {wanted}; the account is on {given}.")
    return None


def _of_the_text(claim: Claim) -> Refusal | None:
    account = claim.account
    assert account is not None, "checked before"
    platform = account.platform
    limits = registry.get(account.connector).limits(platform)
    if len(claim.texts) > limits.max_parts:
        return Refusal("too_many_parts", f"{platform.label} takes threads of {limits.max_parts} posts at most.")
    for position, text in enumerate(claim.texts):
        measured = counting.measure(text, limits)
        if not measured.fits:
            where = f"Part {position + 1}" if len(claim.texts) > 1 else "The text"
            return Refusal(
                "too_long",
                f"{where} is too long for {platform.label}: {measured.length} of {measured.max_length} allowed.",
            )
    files = [ref for ref in claim.piece.media_refs or () if ref.asset_id is not None]
    if limits.needs_media and not files:
        return Refusal("needs_media", f"{platform.label} takes no post without a picture or video. Add one.")
    if len(files) > limits.max_media:
        return Refusal("too_many_files", f"{platform.label} takes {limits.max_media} files with a post at most.")
    return None
