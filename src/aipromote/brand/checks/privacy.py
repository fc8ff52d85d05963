"""What may belong to a person: e-mail addresses, phone numbers, bank accounts, cards, computers. A hint only.

An address such as hello@ is meant to be told. An account or card number counts when its check digits are right.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from aipromote.brand.findings import Finding
from aipromote.documents.phrases import language_of

_MAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}")
_ROLES = re.compile(
    r"(?:hello|hi|hey|info|contact|support|help|team|sales|press|media|jobs|careers|office|admin|privacy|security|billing|feedback"
    r"|hallo|kontakt|presse|hilfe|hola|ayuda|contacto|prensa|bonjour|aide|oi|ola|ajuda|contato|imprensa)@",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d\w])\d(?:[ \-]?\d){12,18}(?![\d\w])")
_IP = re.compile(
    r"(?<![\d.\w])\d{1,3}(?:\.\d{1,3}){3}(?![\d\w]|\.\d)|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?:\d\W{0,2}){4}")
_REGIONS = {"en": ("US", "GB"), "de": ("DE", "AT", "CH"), "es": ("ES", "MX"), "fr": ("FR",), "pt": ("BR", "PT")}
_ROWS = re.compile(r"(?<![\w#])\+?\(?\d[\d ().\-/]{5,20}\d(?!\w)")
_LONGEST = 19


def privacy(text: str, language: str) -> Iterator[Finding]:
    """What may be somebody's, and better is not told in public."""
    if "@" in text:
        yield from _mail(text)
    if _DIGITS.search(text):
        taken = [*_accounts(text), *_cards(text), *_computers(text)]
        yield from taken
        yield from _phones(text, language_of(language), [one.span for one in taken if one.span])


def _mail(text: str) -> Iterator[Finding]:
    for found in _MAIL.finditer(text):
        if not _ROLES.match(found[0]):
            yield _hint("email", f"“{found[0]}” is an e-mail address that may be a person's", found.span())


def _accounts(text: str) -> Iterator[Finding]:
    for found in _IBAN.finditer(text):
        if is_iban(found[0]):
            yield _hint("iban", f"“{found[0][:4]}…” is the number of a bank account", found.span())


def _cards(text: str) -> Iterator[Finding]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if is_card(digits):
            hidden = f"•••• {digits[-4:]}"
            yield _hint("card", f"“{hidden}” is the number of a payment card", found.span(), hidden)


def _computers(text: str) -> Iterator[Finding]:
    for found in _IP.finditer(text):
        try:
            address = ipaddress.ip_address(found[0])
        except ValueError:
            continue
        if address.is_global:
            yield _hint("ip", f"“{found[0]}” is the address of a computer", found.span())


def _phones(text: str, language: str, taken: list[tuple[int, int]]) -> Iterator[Finding]:
    rows = [
        row for row in _ROWS.finditer(text) if not any(row.start() < end and start < row.end() for start, end in taken)
    ]
    if not rows:
        return
    import phonenumbers  # noqa: PLC0415 -- 0.1 s and some memory that most texts do not need

    for row in rows:
        for region in _REGIONS.get(language, ("US",)):
            match = next(iter(phonenumbers.PhoneNumberMatcher(row[0], region)), None)
            if match is not None:
                span = (row.start() + match.start, row.start() + match.end)
                yield _hint("phone", f"“{match.raw_string}” is a phone number", span)
                break


def is_iban(written: str) -> bool:
    """Whether the check digits are right (ISO 13616: the remainder by 97 is 1)."""
    plain = written.replace(" ", "").upper()
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_card(digits: str) -> bool:
    """Whether the check digit is right (Luhn) and it begins as cards do."""
    if digits[0] not in "23456" or len(digits) > _LONGEST or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0  # noqa: PLR2004 -- a sum of two digits


def _hint(rule: str, reason: str, span: tuple[int, int], replacement: str | None = None) -> Finding:
    return Finding(
        "privacy", "warn", reason, span, "Leave it out unless it is meant for everybody.", replacement, rule=rule
    )
