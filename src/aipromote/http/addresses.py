"""Addresses that a form names to be led to afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request


def inside(address: str, otherwise: str = "/") -> str:
    """The address if it is one of our own pages, so that a link or a form cannot lead people astray."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else otherwise


def returning(request: Request, back: str) -> str:
    """The page that a form came from, if it is ours, with what it was asked with.

    The browser tells that query, and the form does not: it may hold a one-time token.
    """
    path = inside(back)
    came_from = urlsplit(request.headers.get("referer", ""))
    return f"{path}?{came_from.query}" if came_from.path == path and came_from.query else path
