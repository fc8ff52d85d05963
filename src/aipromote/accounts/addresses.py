"""E-mail addresses: what is one, and when two are the same.

Letters beyond ASCII are folded by nobody's table here: PostgreSQL, Python and mail servers fold them differently (İ,
the Kelvin sign), and whose mail it is must not hang on that.
"""

from __future__ import annotations

import re

from aipromote.errors import InvalidInput

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MAX = 320
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def checked(text: str) -> str:
    """The e-mail without the spaces around it. Raises InvalidInput (email) for what is none."""
    address = text.strip()
    is_one = _EMAIL.fullmatch(address) and len(address) <= _MAX and address.isprintable()
    if not is_one or not _is_own_form(address.rpartition("@")[2]):
        raise InvalidInput("That is not an e-mail address.", field="email")
    return address


def same(one: str, other: str) -> bool:
    """Whether both are one address, whatever the case of their ASCII letters."""
    return one.translate(_LOWER) == other.translate(_LOWER)


def _is_own_form(domain: str) -> bool:
    """Whether a domain in other letters than ASCII is written as the name system writes it, and stands for no other."""
    if domain.isascii():
        return True
    try:
        return domain.encode("idna").decode("idna") == domain.translate(_LOWER)
    except UnicodeError:
        return False
