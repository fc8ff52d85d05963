"""What a network would refuse, found before it is asked. Where a fact about a file is not known it is not judged."""

from __future__ import annotations

from collections.abc import Iterator

from aipromote.connectors import counting
from aipromote.connectors.capabilities import MEGABYTE, Capabilities, ImageRules, VideoRules
from aipromote.connectors.contract import Limits, Media, Part

_CLOSE = 0.01
"""Ratios are compared with this tolerance: pixels are whole."""


def problems(limits: Limits, can: Capabilities, part: Part, *, network: str) -> list[str]:
    """Sentences for people, none where nothing is known to be wrong."""
    return [*_of_text(limits, can, part, network), *_of_files(can, part, network)]


def _of_text(limits: Limits, can: Capabilities, part: Part, network: str) -> Iterator[str]:
    if not counting.fits(part.text, limits):
        length = counting.length(part.text, limits.counting)
        yield f"The text counts {length:,} on {network}, which takes {limits.max_length:,}."
    if can.needs_title and not (part.title or "").strip():
        yield f"{network} needs a title."
    if part.title and can.max_title is not None and len(part.title) > can.max_title:
        yield f"The title has {len(part.title)} characters; {network} takes {can.max_title}."


def _of_files(can: Capabilities, part: Part, network: str) -> Iterator[str]:
    videos = [file for file in part.media if file.is_video]
    images = [file for file in part.media if not file.is_video]
    if can.needs_media and not part.media and part.position == 0:
        yield f"{network} takes no post without a picture or video."
    if len(images) > can.max_images:
        yield f"{network} takes {can.max_images or 'no'} pictures in one post; there are {len(images)}."
    if len(videos) > can.max_videos:
        yield f"{network} takes {can.max_videos or 'no'} videos in one post; there are {len(videos)}."
    if images and videos and not can.mixes_media:
        yield f"{network} takes pictures or a video in one post, not both."
    for file in part.media:
        rules = can.videos if file.is_video else can.images
        if rules is not None:
            yield from _of_file(file, rules, network)
        if can.max_alt_text is not None and len(file.alt_text) > can.max_alt_text:
            yield f"The alt text of {file.name} is too long: {network} takes {can.max_alt_text} characters."


def _of_file(file: Media, rules: ImageRules | VideoRules, network: str) -> Iterator[str]:
    if file.mime_type not in rules.mime_types:
        kinds = ", ".join(sorted(rules.mime_types))
        yield f"{file.name} is {file.mime_type}; {network} takes {kinds}."
    if file.size > rules.max_bytes:
        yield (
            f"{file.name} has {file.size / MEGABYTE:.1f} MB; {network} takes {rules.max_bytes / MEGABYTE:g} MB at most."
        )
    if file.width is not None and file.height is not None:
        yield from _of_pixels(file.name, file.width, file.height, rules, network)
    if isinstance(rules, VideoRules) and file.seconds is not None:
        if file.seconds < rules.min_seconds:
            yield f"{file.name} lasts {file.seconds:g} s; {network} takes {rules.min_seconds:g} s at least."
        if rules.max_seconds is not None and file.seconds > rules.max_seconds:
            yield f"{file.name} lasts {file.seconds:g} s; {network} takes {rules.max_seconds:g} s at most."


def _of_pixels(name: str, width: int, height: int, rules: ImageRules | VideoRules, network: str) -> Iterator[str]:
    if width < rules.min_width or height < rules.min_height:
        least = f"{rules.min_width} × {rules.min_height}"
        yield f"{name} has {width} × {height} pixels; {network} takes {least} at least."
    if (rules.max_width and width > rules.max_width) or (rules.max_height and height > rules.max_height):
        yield f"{name} has {width} × {height} pixels, more than {network} takes."
    ratio = width / height
    too_tall = rules.min_ratio is not None and ratio < rules.min_ratio * (1 - _CLOSE)
    if too_tall or (rules.max_ratio is not None and ratio > rules.max_ratio * (1 + _CLOSE)):
        yield f"{name} is {width} × {height} pixels, a shape that {network} does not take."
