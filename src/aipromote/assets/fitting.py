"""How a picture is made to fit a network's rules. Pure: no file is opened here.

A picture is never cut and never enlarged. One that is too large is made smaller; one of a shape that is not taken gets
a margin, unless it would then fill less than half of the frame; one that is too small is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass

from aipromote.connectors.capabilities import GIF, JPEG, PNG, WEBP, ImageRules

VERSION = 1
"""Raised when the same picture and rules are to give another result."""
_FILLED = 0.5


class Unfit(Exception):
    """The picture cannot be made to fit; the words are for people and go on after its name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture is: pixels as it is seen (its camera's orientation applied)."""

    mime_type: str
    width: int
    height: int
    size: int
    is_moving: bool = False
    is_transparent: bool = False
    has_metadata: bool = False
    """Anything beside the pixels that may say where and with what it was taken, or how it is turned."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw: the picture at `width` × `height`, in the middle of `frame`, as `mime_type`."""

    width: int
    height: int
    frame: tuple[int, int]
    mime_type: str
    changes: tuple[str, ...]
    """In words; none: the file can go out as it is."""


def plan(look: Look, rules: ImageRules) -> Plan:
    """Raises Unfit."""
    mime_type = _format(look, rules)
    width, height = _bounded(look.width, look.height, rules)
    width, height, frame = _framed(width, height, rules)
    if frame[0] < rules.min_width or frame[1] < rules.min_height:
        least = f"{rules.min_width} × {rules.min_height}"
        raise Unfit(f"has {look.width} × {look.height} pixels, and {least} are needed at least. Take a larger one")
    changes = []
    if (width, height) != (look.width, look.height):
        changes.append("smaller")
    if frame != (width, height):
        changes.append("with a margin")
    if mime_type != look.mime_type:
        changes.append(f"as {mime_type.partition('/')[2].upper()}")
    if look.size > rules.max_bytes:
        changes.append("compressed")
    if look.has_metadata:
        changes.append("without place and camera")
    if look.is_moving:
        # A frame of it alone is not what was approved. Location data of GIFs is unheard of.
        if set(changes) - {"without place and camera"}:
            raise Unfit("is a moving picture, which cannot be made to fit here. Take a smaller one, or a still one")
        changes = []
    return Plan(width, height, frame, mime_type, tuple(changes))


def digest(checksum: bytes, rules: ImageRules) -> str:
    """Names what becomes of the picture with this SHA-256 under these rules."""
    known = {**asdict(rules), "mime_types": sorted(rules.mime_types), "version": VERSION, "of": checksum.hex()}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def other_format(look: Look, rules: ImageRules, taken: str) -> str | None:
    """The format to try when the picture has too many bytes as it is: one that loses what is not seen."""
    if taken == PNG:
        if WEBP in rules.mime_types and look.is_transparent:
            return WEBP
        if JPEG in rules.mime_types and not look.is_transparent:
            return JPEG
    return None


def _format(look: Look, rules: ImageRules) -> str:
    if look.mime_type in rules.mime_types:
        return look.mime_type
    if look.is_moving:
        raise Unfit(
            f"is a moving {look.mime_type.partition('/')[2].upper()}, which is not taken here. Take a still one"
        )
    order = (PNG, WEBP, JPEG) if look.is_transparent or look.mime_type == GIF else (JPEG, PNG, WEBP)
    for one in order:
        if one in rules.mime_types:
            return one
    raise Unfit("cannot be sent here in any format that we can make")


def _bounded(width: int, height: int, rules: ImageRules) -> tuple[int, int]:
    scale = min(1.0, (rules.max_width or width) / width, (rules.max_height or height) / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _framed(width: int, height: int, rules: ImageRules) -> tuple[int, int, tuple[int, int]]:
    """The smallest frame of a shape that is taken; where it would be too large both become smaller."""
    frame_width, frame_height = width, height
    if rules.max_ratio is not None and width > height * rules.max_ratio:
        frame_height = math.ceil(width / rules.max_ratio)
    elif rules.min_ratio is not None and width < height * rules.min_ratio:
        frame_width = math.ceil(height * rules.min_ratio)
    if width * height < _FILLED * frame_width * frame_height:
        raise Unfit("is so long or so wide that it would be lost in its frame here. Cut it to what matters")
    room = min(1.0, (rules.max_width or frame_width) / frame_width, (rules.max_height or frame_height) / frame_height)
    if room < 1:
        width, height = max(1, int(width * room)), max(1, int(height * room))
        frame_width, frame_height = max(1, int(frame_width * room)), max(1, int(frame_height * room))
    return width, height, (frame_width, frame_height)
