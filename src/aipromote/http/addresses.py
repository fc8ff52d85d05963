"""Addresses that a form names to be led to afterwards."""

from __future__ import annotations


def inside(address: str, otherwise: str = "/") -> str:
    """The address if it is one of our own pages, so that a link or a form cannot lead people astray."""
    is_ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_ours else otherwise
