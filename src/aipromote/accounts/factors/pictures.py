"""QR codes as SVG, which a page shows as a picture."""

from __future__ import annotations

import io

_MODULES = 4
"""Pixels per module; the page scales the picture anyway."""


def qr_code(text: str) -> bytes:
    """The SVG of a QR code, dark on white whatever the page's colours: cameras want it so."""
    import segno  # noqa: PLC0415 -- needed once in a person's life, and not by workers

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        scale=_MODULES,
        border=4,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue()
