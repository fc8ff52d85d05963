"""Files as people have them: drawn or put together here, in memory."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image

GPS = 0x8825


def picture(width: int = 640, height: int = 480, form: str = "PNG", mode: str = "RGB", **options: Any) -> bytes:
    """A gradient, so that it neither compresses to nothing nor looks the same when it is turned."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    bands = {"R": across, "G": down, "B": Image.new("L", (width, height), 90), "A": across, "L": across}
    image = Image.merge(mode, [bands[band] for band in mode])
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def noise(width: int, height: int, form: str = "PNG", **options: Any) -> bytes:
    """What does not compress."""
    image = Image.effect_noise((width, height), 90).convert("RGB")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def photograph(width: int = 640, height: int = 480, orientation: int = 1) -> bytes:
    """A JPEG that says where it was taken and how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of the tests"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (53.0, 33.0, 2.0)
    return picture(width, height, "JPEG", exif=exif)


def moving(width: int = 64, height: int = 64, form: str = "GIF") -> bytes:
    """Two frames."""
    frames = [Image.new("RGB", (width, height), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    """Of an ISO base media file."""
    return struct.pack(">I", len(content) + 8) + kind + content


def video(seconds: float = 3.0, width: int = 320, height: int = 240, brand: bytes = b"isom", padding: int = 0) -> bytes:
    """The boxes of an MP4 with one video track, and `padding` bytes where its frames would be."""
    scale = 1000
    length = round(seconds * scale)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    mvhd = box(
        b"mvhd", struct.pack(">6I", 0, 0, 0, scale, length, 0x10000) + bytes(12) + matrix + bytes(24) + b"\0\0\0\2"
    )
    tkhd = (
        struct.pack(">6I", 7, 0, 0, 1, 0, length) + bytes(16) + matrix + struct.pack(">2I", width << 16, height << 16)
    )
    mdhd = box(b"mdhd", struct.pack(">5I", 0, 0, 0, scale, length) + bytes(4))
    hdlr = box(b"hdlr", bytes(8) + b"vide" + bytes(12) + b"video\0")
    entry = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">2H", width, height)
    entry += struct.pack(">3I", 0x480000, 0x480000, 0) + struct.pack(">H", 1) + bytes(32) + struct.pack(">Hh", 24, -1)
    stsd = box(b"stsd", struct.pack(">2I", 0, 1) + box(b"jpeg", entry))
    frame = picture(width, height, "JPEG")
    stts = box(b"stts", struct.pack(">4I", 0, 1, 1, length))
    stsz = box(b"stsz", struct.pack(">4I", 0, 0, 1, len(frame)))
    stsc = box(b"stsc", struct.pack(">5I", 0, 1, 1, 1, 1))
    start = box(b"ftyp", brand + bytes(4) + brand + b"mp42")
    stco = box(b"stco", struct.pack(">3I", 0, 1, len(start) + 8))
    dinf = box(b"dinf", box(b"dref", struct.pack(">2I", 0, 1) + box(b"url ", struct.pack(">I", 1))))
    stbl = box(b"stbl", stsd + stts + stsc + stsz + stco)
    minf = box(b"minf", box(b"vmhd", struct.pack(">3I", 1, 0, 0)) + dinf + stbl)
    track = box(b"trak", box(b"tkhd", tkhd) + box(b"mdia", mdhd + hdlr + minf))
    return start + box(b"mdat", frame + bytes(padding)) + box(b"moov", mvhd + track)
