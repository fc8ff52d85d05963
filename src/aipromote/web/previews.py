"""How a text will look on a network: folded where it folds, as a thread, with the card of its link and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aipromote.channels.models import SocialAccount
from aipromote.connectors import limits, registry, showing
from aipromote.connectors.showing import Card
from aipromote.content.actions.texts import split_parts
from aipromote.content.models import ContentPiece
from aipromote.documents.vocabulary import ContentType, Platform
from aipromote.languages import _
from aipromote.web.counters import Count, counted, counted_parts

NETWORKS = [one for one in Platform if one is not Platform.SANDBOX]
_ARTICLES = frozenset({Platform.DEVTO, Platform.WORDPRESS})


@dataclass(frozen=True, slots=True)
class Picture:
    """A file as the preview shows it."""

    address: str
    alt_text: str
    is_video: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One post. `seen` and `behind` (after "more") and `beyond` (too long for the network) together are its text."""

    seen: str
    behind: str
    beyond: str
    number: str
    count: Count
    card: Card | None = None
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A piece as one network shows it. `hints` say what is only roughly known, and what is missing."""

    platform: Platform
    name: str
    handle: str
    title: str
    messages: list[Message]
    count: Count
    hints: list[str]

    @property
    def letter(self) -> str:
        """What stands in the place of a picture of the account."""
        return (self.name.lstrip("@ ") or "?")[0].upper()

    @property
    def is_article(self) -> bool:
        """Whether it is a page of its own, under its title."""
        return self.platform in _ARTICLES


def preview_of(
    piece: ContentPiece,
    text: str,
    *,
    title: str | None = None,
    platform: Platform | None = None,
    accounts: Mapping[Any, SocialAccount],
    organization: str,
    files: Mapping[UUID, Any],
) -> Preview:
    """The piece with this text (saved or not), on its own network or on another one."""
    network = platform or piece.platform
    can = registry.capabilities(network)
    shown_title = (piece.title if title is None else title) or ""
    texts = parts_of(piece, text, network)
    pictures = _pictures(piece, files) if can.images or can.videos else ()
    messages = [
        _message(one, network, number, len(texts), title=shown_title, pictures=pictures)
        for number, one in enumerate(texts or [text], start=1)
    ]
    account = account_for(accounts, network)
    return Preview(
        network,
        (account.display_name or account.handle) if account else organization,
        account.handle if account else "",
        shown_title if is_titled(network) else "",
        messages,
        counted_parts(texts, network) if texts else counted(text, network),
        list(_hints(network, messages, title=shown_title, has_files=bool(pictures))),
    )


def is_titled(platform: Platform) -> bool:
    """Whether readers see a title there; elsewhere it is at most the name of a card or a file."""
    return registry.capabilities(platform).needs_title or platform is Platform.PINTEREST


def parts_of(piece: ContentPiece, text: str, platform: Platform) -> list[str]:
    """The posts of a thread, where the piece is one and the network has them; otherwise none."""
    if piece.type is not ContentType.THREAD or limits.of(platform).max_parts < 2:  # noqa: PLR2004 -- 1: no threads
        return []
    parts = piece.parts if piece.parts and text == piece.body else split_parts(text)
    return list(parts) if len(parts) > 1 else []


def account_for(accounts: Mapping[Any, SocialAccount], platform: Platform) -> SocialAccount | None:
    """The account that posts for this network leave from: the one that was connected first."""
    mine = [one for one in accounts.values() if one.platform == platform and one.is_active]
    return min(mine, key=lambda one: one.id, default=None)


def _message(
    text: str, platform: Platform, number: int, total: int, *, title: str, pictures: tuple[Picture, ...]
) -> Message:
    taken, beyond = showing.within(text, limits.of(platform))
    seen, behind = showing.folded(taken, platform)
    first = pictures if number == 1 else ()
    card = showing.card_of(text, platform, title=title, has_files=bool(first))
    return Message(seen, behind, beyond, f"{number}/{total}" if total > 1 else "", counted(text, platform), card, first)


def _pictures(piece: ContentPiece, files: Mapping[UUID, Any]) -> tuple[Picture, ...]:
    found = []
    for ref in piece.media_refs or ():
        if ref.asset_id is None:
            continue
        file = files.get(ref.asset_id)
        is_video = file is not None and file.asset.mime_type.startswith("video/")
        found.append(Picture(f"/pieces/{piece.id}/pictures/{ref.asset_id}", ref.alt_text or "", is_video))
    return tuple(found)


def _hints(platform: Platform, messages: list[Message], *, title: str, has_files: bool) -> Any:
    label = platform.label
    can = registry.capabilities(platform)
    if any(one.behind for one in messages):
        yield _("%(network)s folds the text about here. How much is seen first depends on the screen.", network=label)
    if any(one.beyond for one in messages):
        yield _("What is marked at the end is more than %(network)s takes.", network=label)
    if any(one.card and not one.card.title for one in messages):
        yield _("%(network)s reads the title and picture of the card from the page itself.", network=label)
    if can.needs_title and not title.strip():
        yield _("%(network)s takes no post without a title.", network=label)
    if can.needs_media and not has_files:
        yield _("%(network)s takes no post without a picture or video.", network=label)
