"""From the bytes of an answer to text: unpacked within a limit, and in the right alphabet."""

from __future__ import annotations

import codecs
import re
import zlib

from aipromote.reading.errors import Unreadable

_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w:-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEAD = 4096
_OLD = {"iso-8859-1": "windows-1252", "latin-1": "windows-1252", "us-ascii": "windows-1252"}
"""What browsers read these as: the pages that say so are mostly written in the other."""
_ALPHABETS = frozenset(
    {
        "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "ascii", "cp866", "koi8-r", "koi8-u", "mac-roman",
        "mac-cyrillic", "gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_jp", "iso2022_jp", "shift_jis", "cp932",
        "euc_kr", "cp949", "tis-620",
        *(f"cp{number}" for number in (874, *range(1250, 1259))),
        *(f"iso8859-{number}" for number in (*range(1, 12), *range(13, 17))),
    }
)  # fmt: skip
"""Python's names of the alphabets that the web has (WHATWG, Encoding). Others are left out on purpose: punycode, which
is one of Python's, takes a minute for a page and holds up everybody else."""


class Unpacker:
    """Undoes `Content-Encoding` piece by piece; never makes more than `limit` bytes of whatever comes in."""

    def __init__(self, encoding: str, *, limit: int) -> None:
        known = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
        if encoding not in known:
            raise Unreadable("The site answered in a form that was not asked for. Try again, or paste the text.")
        window = known[encoding]
        self._packed = zlib.decompressobj(window) if window else None
        self._limit = limit
        self._made = bytearray()

    @property
    def is_over(self) -> bool:
        """Whether the packed content has ended: what follows belongs to nothing, and would be kept for ever."""
        return self._packed is not None and self._packed.eof

    def feed(self, chunk: bytes) -> None:
        """Take the next piece. Raises Unreadable when the whole is too large or broken."""
        if self.is_over:
            return
        room = self._limit - len(self._made) + 1
        if self._packed is None:
            self._made += chunk[:room]
        else:
            try:
                self._made += self._packed.decompress(chunk, room)
            except zlib.error:
                raise Unreadable("The site's answer is damaged. Try again, or paste the text.") from None
        if len(self._made) > self._limit:
            raise Unreadable(
                f"The page is larger than {self._limit // 1024**2} MB. Name a smaller one, or paste the text."
            )

    def content(self) -> bytes:
        """All of it."""
        return bytes(self._made)


def decoded(content: bytes, *, declared: str | None) -> str:
    """The text. A mark at its beginning counts most, then what the answer says, then what the page says, then UTF-8."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    named = _META.search(content[:_HEAD])
    for said in (declared, named.group(1).decode("ascii", "replace") if named else None):
        if (codec := _codec(said)) is not None:
            return content.decode(codec, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("windows-1252", "replace")


def _codec(name: str | None) -> str | None:
    """A codec for an alphabet of the web by that name; None for anything else that Python has a codec for."""
    if not name:
        return None
    try:
        found = codecs.lookup(_OLD.get(name.lower(), name))
    except LookupError:
        return None
    return found.name if found.name in _ALPHABETS else None
