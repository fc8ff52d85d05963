"""In which language a request is answered: the account's, else what the browser chose here, else what it asks for."""

from __future__ import annotations

from babel.core import negotiate_locale
from starlette.requests import Request
from starlette.responses import Response

from aipromote import languages
from aipromote.http import cookies

_LONGEST = 400


def language_of(request: Request) -> str:
    """By the cookie, else by Accept-Language, else English. Who is signed in may have chosen another (see `visits`)."""
    chosen = request.cookies.get(cookies.LANGUAGE)
    if chosen in languages.LANGUAGES:
        return chosen
    asked = accepted(request.headers.get("accept-language", ""))
    return negotiate_locale(asked, languages.LANGUAGES, sep="-") or languages.LANGUAGES[0]


def accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header, best liked first, without those that are refused."""
    weighed = []
    for item in header[:_LONGEST].split(","):
        tag, _, parameter = item.partition(";")
        weight = _weight(parameter)
        if tag.strip() and weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]


def tell_language(response: Response) -> None:
    """Say in the headers which language this is, and what decided it."""
    response.headers["content-language"] = languages.current()
    response.headers.add_vary_header("Cookie, Accept-Language")


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
