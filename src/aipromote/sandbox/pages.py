"""How pages are rendered: escaped templates, a strict content policy, links made from addresses in text."""

from __future__ import annotations

import re
from datetime import datetime

from aiohttp import web
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\"'.,;:!?)\]]")


def linked(text: str) -> Markup:
    """The text, escaped, with its http addresses as links."""
    pieces: list[Markup] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = escape(match.group())
        link = Markup('<a href="{0}" rel="noreferrer nofollow">{0}</a>').format(address)
        pieces += [escape(text[end : match.start()]), link]
        end = match.end()
    return Markup("").join([*pieces, escape(text[end:])])


def spoken(instant: datetime) -> str:
    """`Mon 4 May 2026, 14:05 UTC`."""
    return f"{instant:%a} {instant.day} {instant:%b %Y, %H:%M} UTC"


_environment = Environment(
    loader=PackageLoader("aipromote.sandbox"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_environment.filters.update(linked=linked, spoken=spoken)


def page(template: str, *, status: int = 200, form_action: str = "'self'", **values: object) -> web.Response:
    """An HTML answer that may load nothing but this server's style and pictures and runs no script."""
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action {form_action};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    text = _environment.get_template(template).render(**values)
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
