"""A picture under Pillow, in the process that is made for it: looked at, and drawn anew to fit."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, BinaryIO, Self

from PIL import Image, ImageOps, ImageStat

from aipromote.assets import fitting
from aipromote.assets.fitting import Look, Plan, Unfit
from aipromote.connectors.capabilities import GIF, JPEG, PNG, WEBP, ImageRules

MAX_PIXELS = 50_000_000
_NAMES = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
_FORMATS = {name: mime_type for mime_type, name in _NAMES.items()} | {"MPO": JPEG}
"""MPO: a JPEG with more pictures behind it, as telephones make them; the first one is meant."""
_ORIENTATION = 0x0112
_TURNED = 5  # orientations from here on swap width and height
_QUALITIES = (90, 84, 76, 68, 60)
_SHRINK = 0.85
_LARGEST_PROFILE = 64 * 1024
_METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "Raw profile type exif", "mp"})
_PAPER = (255, 255, 255)


@dataclass(frozen=True)
class Drawn:
    """An opened picture and what it is. Nothing of it was decoded when it was opened, but for its checking."""

    image: Image.Image
    look: Look

    @classmethod
    def opened(cls, file: BinaryIO) -> Self:
        """Raises Unfit for what is no whole picture, or has too many pixels."""
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        file.seek(0, 2)
        size = file.tell()
        file.seek(0)
        too_many = Unfit(f"has more than {MAX_PIXELS // 1_000_000} million pixels. Take a smaller one")
        try:
            image = Image.open(file, formats=list(_NAMES.values()))
            look = _look(image, size)
        except Image.DecompressionBombError:
            raise too_many from None
        except (OSError, ValueError, SyntaxError, KeyError, EOFError) as broken:
            raise Unfit("cannot be read as a picture: it is damaged. Export it anew") from broken
        if look.width * look.height > MAX_PIXELS:
            raise too_many
        return cls(image, look)

    def described(self) -> dict[str, Any]:
        """What it is. Decodes it once, so that a damaged one is found before it is stored."""
        try:
            self.image.load()
        except (OSError, ValueError, SyntaxError, EOFError) as broken:
            raise Unfit("cannot be read to its end: it is damaged. Export it anew") from broken
        return asdict(self.look)

    def fitted(self, given: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """What becomes of it under the rules, and its bytes; none where it can go out as it is."""
        rules = ImageRules(**{**given, "mime_types": frozenset(given["mime_types"])})
        plan = fitting.plan(self.look, rules)
        if not plan.changes:
            facts = {"mime_type": self.look.mime_type, "width": self.look.width, "height": self.look.height}
            return {**facts, "size": self.look.size, "changes": []}, b""
        for attempt, quality in _attempts(plan, self.look, rules):
            content = self._encoded(attempt, quality)
            if len(content) <= rules.max_bytes:
                width, height = attempt.frame
                facts = {"mime_type": attempt.mime_type, "width": width, "height": height, "size": len(content)}
                return {**facts, "changes": list(attempt.changes)}, content
        raise Unfit(f"cannot be made to fit into {rules.max_bytes / 1024**2:.1f} MB. Take a smaller one")

    def _encoded(self, plan: Plan, quality: int) -> bytes:
        profile = self.image.info.get("icc_profile") or b""
        picture = _framed(self._upright(), plan)
        options: dict[str, Any] = {"icc_profile": profile} if 0 < len(profile) <= _LARGEST_PROFILE else {}
        if plan.mime_type == JPEG:
            options |= {"quality": quality, "progressive": True, "optimize": True}
        elif plan.mime_type == WEBP:
            options |= {"quality": quality, "method": 4}
        else:
            options |= {"optimize": True}
        out = io.BytesIO()
        picture.save(out, _NAMES[plan.mime_type], **options)
        return out.getvalue()

    def _upright(self) -> Image.Image:
        """As people see it, in colours that every format has; alpha only where there is some."""
        turned = ImageOps.exif_transpose(self.image)
        return turned.convert("RGBA" if self.look.is_transparent else "RGB")


def _look(image: Image.Image, size: int) -> Look:
    turn = image.getexif().get(_ORIENTATION, 1)
    width, height = (image.height, image.width) if turn >= _TURNED else (image.width, image.height)
    is_transparent = "A" in image.getbands() or "transparency" in image.info
    return Look(
        _FORMATS[str(image.format)],
        width,
        height,
        size,
        is_moving=getattr(image, "n_frames", 1) > 1 and image.format != "MPO",
        is_transparent=is_transparent,
        has_metadata=bool(image.getexif()) or bool(_METADATA & image.info.keys()),
    )


def _attempts(plan: Plan, look: Look, rules: ImageRules) -> Iterator[tuple[Plan, int]]:
    """The best first: less quality, another format, fewer pixels."""
    ladder = (100,) if plan.mime_type in {PNG, GIF} else _QUALITIES
    yield from ((plan, quality) for quality in ladder)
    if (other := fitting.other_format(look, rules, plan.mime_type)) is not None:
        plan = replace(plan, mime_type=other, changes=(*plan.changes, f"as {other.partition('/')[2].upper()}"))
        yield from ((plan, quality) for quality in _QUALITIES)
    scale = _SHRINK
    while min(plan.frame) * scale >= max(1, rules.min_width, rules.min_height):
        frame = (int(plan.frame[0] * scale), int(plan.frame[1] * scale))
        inside = (max(1, int(plan.width * scale)), max(1, int(plan.height * scale)))
        changes = plan.changes if "smaller" in plan.changes else ("smaller", *plan.changes)
        yield replace(plan, width=inside[0], height=inside[1], frame=frame, changes=changes), _QUALITIES[1]
        scale *= _SHRINK


def _framed(picture: Image.Image, plan: Plan) -> Image.Image:
    if picture.size != (plan.width, plan.height):
        picture = picture.resize((plan.width, plan.height), Image.Resampling.LANCZOS)
    has_alpha = picture.mode == "RGBA"
    if plan.frame != picture.size:
        margin = (0, 0, 0, 0) if has_alpha and plan.mime_type != JPEG else _edge(picture)
        framed = Image.new(picture.mode, plan.frame, margin if has_alpha else margin[:3])
        framed.paste(picture, ((plan.frame[0] - plan.width) // 2, (plan.frame[1] - plan.height) // 2))
        picture = framed
    if has_alpha and plan.mime_type == JPEG:
        flat = Image.new("RGB", picture.size, _PAPER)
        flat.paste(picture, mask=picture.getchannel("A"))
        picture = flat
    return picture


def _edge(picture: Image.Image) -> tuple[int, ...]:
    """The mean colour of what the picture ends with, so that its margin belongs to it."""
    width, height = picture.size
    strips = [(0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)]
    means = [ImageStat.Stat(picture.convert("RGB").crop(strip)).mean for strip in strips]
    return (*(round(sum(mean[band] for mean in means) / len(means)) for band in range(3)), 255)
