"""What a network can do, in words and figures that people read."""

from __future__ import annotations

from aipromote.connectors.capabilities import MEGABYTE, Capabilities
from aipromote.connectors.contract import Limits
from aipromote.connectors.protocols import Connector, by_key, by_oauth, registers

_COUNTERS = ("impressions", "reach", "likes", "comments", "shares", "saves", "clicks")


def abilities(can: Capabilities, limits: Limits) -> list[str]:
    """What can be posted, a few words each: `text up to 500`, `4 pictures`, `threads`."""
    found = [f"text up to {limits.max_length:,}"]
    if can.max_title is not None:
        found.append("a title" if can.needs_title else "titles")
    if can.images is not None and can.max_images:
        found.append("a picture" if can.max_images == 1 else f"{can.max_images} pictures")
    if can.videos is not None and can.max_videos:
        found.append("video")
    if can.max_alt_text is not None and (can.images or can.videos):
        found.append("alt text")
    if can.has_threads:
        found.append("threads")
    if can.has_first_comment:
        found.append("first comment")
    if can.needs_media:
        found.append("never text alone")
    return found


def reported(can: Capabilities) -> list[str]:
    """The counters that the network tells, in the usual order."""
    return [name for name in _COUNTERS if name in can.counters]


def way(connector: Connector) -> str:
    """How an account is connected."""
    if by_oauth(connector):
        if registers(connector):
            return "consent page; each server registers us by itself"
        return "consent page, with the operator's app" if connector.needs_app else "consent page"
    return "something typed here" if by_key(connector) else "cannot be connected"


def figures(connector: Connector) -> dict[str, object]:
    """Everything about it that is data, for programs."""
    can, limits = connector.capabilities(connector.platform), connector.limits(connector.platform)
    images, videos = can.images, can.videos
    return {
        "name": connector.name,
        "platform": connector.platform.value,
        "label": connector.platform.label,
        "connected_by": [word for word, is_so in (("oauth", by_oauth(connector)), ("key", by_key(connector))) if is_so],
        "needs_app": by_oauth(connector) and connector.needs_app,
        "registers_itself": registers(connector),
        "server": connector.server,
        "server_is_chosen": connector.is_server_chosen,
        "asks": [ask.name for ask in connector.asks],
        "scopes": sorted(connector.scopes),
        "certainty": connector.certainty.value,
        "max_length": limits.max_length,
        "counted_in": limits.counting.value,
        "max_parts": limits.max_parts,
        "quotas": [{"posts": quota.size, "seconds": quota.seconds} for quota in limits.quotas],
        "max_images": can.max_images,
        "image_types": sorted(images.mime_types) if images else [],
        "image_megabytes": round(images.max_bytes / MEGABYTE, 1) if images else None,
        "max_videos": can.max_videos,
        "video_types": sorted(videos.mime_types) if videos else [],
        "video_megabytes": round(videos.max_bytes / MEGABYTE, 1) if videos else None,
        "max_alt_text": can.max_alt_text,
        "max_title": can.max_title,
        "has_threads": can.has_threads,
        "has_first_comment": can.has_first_comment,
        "needs_media": can.needs_media,
        "fetches_media": can.fetches_media,
        "counters": sorted(can.counters),
    }
