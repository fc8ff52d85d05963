"""What may have changed since a post was scheduled. Checked when it is claimed, whatever way it came in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aipromote import clock
from aipromote.channels.opening import Account
from aipromote.connectors import counting, registry
from aipromote.content.states import ContentStatus, Decision
from aipromote.publishing.changes import Key
from aipromote.publishing.claims import Claim

_UNDECIDED = frozenset({ContentStatus.DRAFT, ContentStatus.PENDING_REVIEW})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a post must not go out, for people; `kind` is for programs."""

    kind: str
    fact: str
    then: str = ""
    """What a person can do once it was refused. Ahead of time other things help."""

    @property
    def reason(self) -> str:
        """Both, as it is told when the post was refused."""
        return f"{self.fact} {self.then}".rstrip()


def refusal(claim: Claim) -> Refusal | None:
    """The first thing that stands against sending this post; None when nothing does."""
    return next(refusals(claim, at=clock.now()), None)


def refusals(claim: Claim, *, at: datetime) -> Iterator[Refusal]:
    """Everything that stands against sending it at that time, as far as its own rows tell."""
    yield from _of_the_piece(claim, at)
    yield from _of_the_account(claim)
    if claim.account is not None and claim.account.connector in registry.names():
        yield from _of_the_text(claim, claim.account)


def of_files(claims: Sequence[Claim]) -> dict[Key, Refusal]:
    """What the networks would refuse of the files that are attached, as far as that is known here."""
    refused = {}
    for claim in claims:
        account = claim.account
        if account is None or not claim.media or claim.position:
            continue
        if found := registry.get(account.connector).problems(account.platform, claim.part()):
            refused[claim.key] = Refusal("file_unfit", " ".join(found), "Replace the file and schedule it again.")
    return refused


def _of_the_piece(claim: Claim, at: datetime) -> Iterator[Refusal]:
    piece, approval = claim.piece, claim.approval
    if piece.status is ContentStatus.ARCHIVED:
        yield Refusal("archived", "The piece was archived.", "Nothing was sent.")
    if piece.revision != claim.revision:
        yield Refusal(
            "edited",
            f"The text was changed after this was scheduled (revision {claim.revision}, now {piece.revision}).",
            "Approve the new text and schedule it again.",
        )
    is_decided = approval is not None and approval.decision is Decision.APPROVED
    if not is_decided or piece.status in _UNDECIDED:
        yield Refusal("unapproved", "Nobody has approved this text.", "Approve it and schedule it again.")
    if piece.expires_at is not None and piece.expires_at <= at:
        yield Refusal("expired", "The piece was only good until a time that has passed.", "Nothing was sent.")


def _of_the_account(claim: Claim) -> Iterator[Refusal]:
    account = claim.account
    if account is None or not account.is_active or account.access_token_sealed is None:
        name = account.handle if account else "for this post"
        yield Refusal(
            "not_connected", f"The account {name} is not connected.", "Connect it, then schedule the post again."
        )
    elif account.connector not in registry.names():
        yield Refusal("not_connected", f"There is no connector {account.connector} here that could reach the account.")
    elif account.platform is not claim.piece.platform:
        wanted, given = claim.piece.platform.label, account.platform.label
        yield Refusal("wrong_platform", f"The text was written for {wanted}; the account is on {given}.")


def _of_the_text(claim: Claim, account: Account) -> Iterator[Refusal]:
    platform = account.platform
    limits = registry.get(account.connector).limits(platform)
    if len(claim.texts) > limits.max_parts:
        yield Refusal("too_many_parts", f"{platform.label} takes threads of {limits.max_parts} posts at most.")
    for position, text in enumerate(claim.texts):
        measured = counting.measure(text, limits)
        if not measured.fits:
            where = f"Part {position + 1}" if len(claim.texts) > 1 else "The text"
            yield Refusal(
                "too_long",
                f"{where} is too long for {platform.label}: {measured.length} of {measured.max_length} allowed.",
            )
    if registry.get(account.connector).capabilities(platform).needs_title and not (claim.piece.title or "").strip():
        yield Refusal("needs_title", f"{platform.label} takes no post without a title.", "Give it one.")
    files = [ref for ref in claim.piece.media_refs if ref.asset_id is not None]
    if limits.needs_media and not files:
        yield Refusal("needs_media", f"{platform.label} takes no post without a picture or video.", "Add one.")
    if len(files) > limits.max_media:
        yield Refusal("too_many_files", f"{platform.label} takes {limits.max_media} files with a post at most.")
