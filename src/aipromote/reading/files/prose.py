"""Markdown and plain text."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from aipromote.reading.files.sniffing import as_text
from aipromote.reading.passages import Collector, Kind

_HEADING = 80
_LABEL = re.compile(r"[\w][\w /-]{1,40}:\s")


def read_markdown(content: bytes, *, name: str) -> Collector:
    """Headings, paragraphs, list items and quotations. HTML inside of it is not read, nor is code."""
    collected = Collector()
    around: list[str] = []
    text = re.sub(r"\A---\n.*?\n---\n", "", as_text(content, name=name).replace("\r\n", "\n"), count=1, flags=re.DOTALL)
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.nesting == 1:
            around.append(token.tag or token.type)
        elif token.nesting == -1:
            around.pop()
        elif token.type == "inline":
            _block(token, around, collected)
    return collected


def _block(token: Token, around: list[str], collected: Collector) -> None:
    kind: Kind = "text"
    level = 0
    if around and re.fullmatch(r"h[1-6]", around[-1]):
        kind, level = "heading", int(around[-1][1])
    elif "blockquote" in around:
        kind = "quote"
    elif {"li", "td", "th"} & set(around):
        kind = "item"
    line = token.map[0] + 1 if token.map else 1
    told = "".join(_seen(child) for child in token.children or [])
    labelled = all(_LABEL.match(one) for one in told.splitlines())  # a list without bullets: one entry each line
    for text in told.splitlines() if labelled else [told]:
        collected.add(kind, text, place=f"line {line}", level=level)
    for child in token.children or []:
        target = str(child.attrGet("href") or "") if child.type == "link_open" else ""
        if target.startswith(("https://", "http://")):
            collected.add("link", target, place=f"line {line}", name=target)


def _seen(token: Token) -> str:
    if token.type in {"text", "code_inline"}:
        return token.content
    return "\n" if token.type in {"softbreak", "hardbreak"} else ""


def read_text(content: bytes, *, name: str) -> Collector:
    """Paragraphs: what stands between empty lines. A short first line without an end is a heading."""
    collected = Collector()
    line = 1
    for block in re.split(r"(\n\s*\n)", as_text(content, name=name).replace("\r\n", "\n")):
        first, _, rest = block.strip().partition("\n")
        ends_or_lists = re.search(r"^[-*]|[.!?,;]$", first)
        is_heading = bool(first) and len(first) <= _HEADING and not ends_or_lists
        if is_heading:
            collected.add("heading", first.rstrip(":"), place=f"line {line}", level=2)
            block_text = rest
        else:
            block_text = block
        collected.add("text", block_text, place=f"line {line}")
        line += block.count("\n")
    return collected
