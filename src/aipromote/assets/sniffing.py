"""What a file is, by its bytes: neither its name nor what the browser says of it is believed."""

from __future__ import annotations

from typing import BinaryIO

from aipromote.connectors.capabilities import GIF, JPEG, MEGABYTE, MP4, PNG, QUICKTIME, WEBM, WEBP
from aipromote.errors import InvalidInput

PDF = "application/pdf"
PICTURES = frozenset({JPEG, PNG, GIF, WEBP})
VIDEOS = frozenset({MP4, QUICKTIME, WEBM})
MAX_PICTURE = 50 * MEGABYTE
MAX_DOCUMENT = 100 * MEGABYTE
EXTENSIONS = {JPEG: "jpg", PNG: "png", GIF: "gif", WEBP: "webp", MP4: "mp4", QUICKTIME: "mov", WEBM: "webm", PDF: "pdf"}
TAKEN = "Pictures are taken as JPEG, PNG, GIF or WebP, videos as MP4, MOV or WebM, documents as PDF."

_HEAD, _TAIL = 1024, 64 * 1024 + 22
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (8, b"WEBP", WEBP),
    (0, b"%PDF-", PDF),
)
_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
_MOVIE_BRANDS = frozenset(
    {
        b"isom",
        b"iso2",
        b"iso3",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"MSNV",
        b"dash",
        b"3gp4",
    }
)
_SECOND_FACES = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php", b"%pdf-")
"""What makes a picture or video a page, a program or a document as well, to somebody who looks for that."""
_ZIP_END = b"PK\x05\x06"


def media_type(file: BinaryIO) -> str:
    """The MIME type. Raises InvalidInput, with what to do, for everything that is not taken in."""
    file.seek(0)
    head = file.read(_HEAD)
    found = _named(head)
    if found is None:
        raise InvalidInput(_unknown(head), field="file")
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _TAIL))
    lowered = head.lower()
    if found != PDF and (any(mark in lowered for mark in _SECOND_FACES) or _ZIP_END in file.read()):
        words = "This file is two things at once: a picture or video, and a page or an archive. Export it anew."
        raise InvalidInput(words, field="file")
    return found


def _named(head: bytes) -> str | None:
    if head[8:12] == b"WEBP" and head[:4] != b"RIFF":
        return None
    for offset, mark, mime_type in _MAGIC:
        if head[offset : offset + len(mark)] == mark:
            return mime_type
    if head[4:8] == b"ftyp":
        return _movie(head)
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]:
        return WEBM
    return None


def _movie(head: bytes) -> str | None:
    """By the brands of the first box of an ISO base media file."""
    size = int.from_bytes(head[:4])
    if not 16 <= size <= _HEAD:  # noqa: PLR2004 -- a box with one brand at least
        return None
    major, others = head[8:12], {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
    if major in _PICTURE_BRANDS or major.startswith(b"M4A"):
        return None
    if major == b"qt  ":
        return QUICKTIME
    return MP4 if ({major} | others) & _MOVIE_BRANDS or major.startswith(b"3gp") else None


def _unknown(head: bytes) -> str:
    if not head:
        return "The file is empty."
    if head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS:
        return "This is a HEIC or AVIF picture, which most networks do not take. Export it as JPEG and choose it again."
    if b"<svg" in head.lower():
        return "SVG pictures can hold programs, so they are not taken. Export it as PNG and choose it again."
    return f"This is no file that can go out with a post. {TAKEN}"
