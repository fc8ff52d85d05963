"""The process that takes hostile bytes apart: `python -I -m aipromote.reading.child SECONDS` (see `apart`).

Standard input: one line of JSON with what it is, then the bytes. Standard output: JSON with the reading or the problem.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

MAX_MEMORY = 700 * 1024 * 1024
"""Of address space. Its own code and libraries take about a third."""


def _limit(seconds: int) -> None:
    import resource  # noqa: PLC0415 -- not on Windows, where time alone is limited

    bounds = {
        resource.RLIMIT_AS: MAX_MEMORY,
        resource.RLIMIT_CPU: seconds + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in bounds.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Read the order, do it, answer."""
    with suppress(ImportError):
        _limit(int(sys.argv[1]))
    order = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    from aipromote.reading.errors import Unreadable  # noqa: PLC0415 -- after the limits

    try:
        answer: dict[str, object] = {
            "reading": _feed(order, content)
            if order["what"] == "feed"
            else _read(order["what"], content, order["source"])
        }
    except Unreadable as problem:
        answer = {"problem": problem.message}
    except MemoryError:
        answer = {"problem": f"{order['source']} needs more memory than a document should. Export it as PDF."}
    sys.stdout.write(json.dumps(answer))


def _feed(order: dict[str, str], content: bytes) -> object:
    from aipromote.reading.feeds.parsing import read_source  # noqa: PLC0415 -- feedparser, for feeds only

    media_type, charset = order["media_type"], order["charset"]
    return read_source(content, media_type=media_type, charset=charset, source=order["source"]).model_dump(mode="json")


def _read(what: str, content: bytes, source: str) -> object:
    from aipromote.reading.files.sniffing import form_of  # noqa: PLC0415 -- each form loads its own library only

    form = "page" if what == "page" else form_of(content, name=source)
    if form == "page":
        from aipromote.reading.decoding import decoded  # noqa: PLC0415 -- loaded where it is needed
        from aipromote.reading.page import read_page  # noqa: PLC0415 -- loaded where it is needed

        return read_page(decoded(content, declared="utf-8" if what == "page" else None), source=source).model_dump()
    if form == "pdf":
        from aipromote.reading.files.pdf import read_pdf as read  # noqa: PLC0415 -- loaded where it is needed
    elif form == "docx":
        from aipromote.reading.files.office import read_docx as read  # noqa: PLC0415 -- loaded where it is needed
    elif form == "pptx":
        from aipromote.reading.files.office import read_pptx as read  # noqa: PLC0415 -- loaded where it is needed
    elif form == "markdown":
        from aipromote.reading.files.prose import read_markdown as read  # noqa: PLC0415 -- loaded where it is needed
    else:
        from aipromote.reading.files.prose import read_text as read  # noqa: PLC0415 -- loaded where it is needed
    from aipromote.reading.passages import Reading  # noqa: PLC0415 -- loaded where it is needed

    collected = read(content, name=source)
    return Reading(source=source, form=form, passages=collected.passages, is_cut=collected.is_cut).model_dump()


if __name__ == "__main__":
    main()
