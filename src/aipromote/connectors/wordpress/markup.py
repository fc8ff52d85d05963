"""Makes the HTML of an article, and the name in its address, out of what people wrote: plain text or Markdown.

Nothing of the text is taken for HTML, and nothing for WordPress's own shortcodes: `[gallery]` stays those nine letters.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aipromote.connectors import links

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_WORD = re.compile(r"[a-z0-9]+")
_LONGEST_WORDS = 60
_DIGITS = 12
SLUG = re.compile(rf"[a-z0-9-]+-[0-9a-f]{{{_DIGITS}}}(?:-\d+)?(?:__trashed)?")
"""What `slug` makes, and what a site makes of that."""


def slug(title: str, key: str) -> str:
    """The article's name in its address: the same for the same key, and for no other."""
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "-".join(_WORD.findall(letters))[:_LONGEST_WORDS].strip("-")
    return f"{words or 'post'}-{mark(key)}"


def mark(key: str) -> str:
    """What our names for all articles of this key have in them."""
    return hashlib.sha256(key.encode()).hexdigest()[:_DIGITS]


def article(text: str) -> str:
    """The text as HTML: its Markdown is read, its line ends are kept, its addresses can be clicked."""
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        if token.children:
            token.children = list(_with_links(token.children))
    made = str(parser.renderer.render(tokens, parser.options, {}))
    return made.replace("[", "&#091;").replace("]", "&#093;")


def words(title: str) -> str:
    """A title: WordPress takes HTML and shortcodes in titles, too."""
    return html.escape(" ".join(title.split()), quote=False).replace("[", "&#091;").replace("]", "&#093;")


def picture(url: str, alt_text: str) -> str:
    """A picture below the text."""
    shown = f'<img src="{_quoted(url)}" alt="{_quoted(alt_text)}" />'
    return f'<figure class="wp-block-image">{shown}</figure>\n'


def video(url: str) -> str:
    """A video below the text."""
    return f'<figure class="wp-block-video"><video controls src="{_quoted(url)}"></video></figure>\n'


def _quoted(value: str) -> str:
    """For between the quotes of an attribute."""
    return html.escape(value).replace("[", "&#091;").replace("]", "&#093;")


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- only a worker that writes an article needs it

    # Pictures in the text would be fetched from wherever the text says; files that belong to a post are attached.
    options = {"html": False, "breaks": True, "xhtmlOut": True}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("image")


def _with_links(children: Sequence[Token]) -> Iterator[Token]:
    """The same words with bare addresses made links, outside of those that are links already."""
    depth = 0
    for token in children:
        depth += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type == "text" and not depth:
            yield from _linked(token)
        else:
            yield token


def _linked(token: Token) -> Iterator[Token]:
    from markdown_it.token import Token  # noqa: PLC0415 -- likewise

    def words(content: str) -> Token:
        return Token("text", "", 0, content=content)

    end = 0
    for link in links.find(token.content):
        if link.has_scheme:
            address = token.content[link.start : link.end]
            yield words(token.content[end : link.start])
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield words(address)
            yield Token("link_close", "a", -1)
            end = link.end
    yield words(token.content[end:])
