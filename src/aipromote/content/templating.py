"""Filling the named places of a template, and ending a post with a signature. Pure.

A place is a name in double braces. One that is not filled stays as it is, and the check blocks a text with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aipromote.connectors.contract import Limits
from aipromote.connectors.counting import fits
from aipromote.documents.brief import Brief

PLACES: Mapping[str, str] = {
    "product": "the product's name",
    "link": "its address",
    "tagline": "the tagline",
    "price": "the price, in the brief's words",
    "fact": "a fact that you choose",
}
"""By name: what stands there."""
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def values_of(brief: Brief, *, fact: str = "") -> dict[str, str]:
    """What is known for each place; what the brief does not say is absent."""
    known = {
        "product": brief.name,
        "link": str(brief.url or ""),
        "tagline": brief.tagline or "",
        "price": brief.pricing or "",
        "fact": fact,
    }
    return {name: value.strip() for name, value in known.items() if value and value.strip()}


def filled(body: str, values: Mapping[str, str]) -> str:
    """The text with its places filled as far as something is known. What is filled in is not looked at again."""
    return _PLACE.sub(lambda place: values.get(place[1].lower(), place[0]), body)


def open_places(body: str) -> list[str]:
    """The names of the places that stand in it, each once."""
    return list(dict.fromkeys(place[1].lower() for place in _PLACE.finditer(body)))


def signed(body: str, signature: str, limits: Limits) -> str:
    """The text with the signature below, where there is room for both and it does not stand there already."""
    signature = signature.strip()
    whole = f"{body.rstrip()}\n\n{signature}"
    if not signature or body.rstrip().endswith(signature) or not fits(whole, limits):
        return body
    return whole
