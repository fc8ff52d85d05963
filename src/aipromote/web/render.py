"""Pages from templates: everything that stands in one is escaped, and a name that is missing is an error."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import regex
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from aipromote import clock, languages, settings
from aipromote.http import cookies
from aipromote.http.explained import asks_for_part
from aipromote.http.explanations import explain
from aipromote.http.forms import FIELD, form_token, new_visitor
from aipromote.http.notices import Notice, notice_of
from aipromote.http.speaking import tell_language
from aipromote.http.visits import OtherOrganization, Stay
from aipromote.languages import known
from aipromote.web import bundling, words
from aipromote.web.compressing import html_response
from aipromote.web.findings import with_marks
from aipromote.web.frame_parts import THEMES, framed, look_of
from aipromote.web.operations import phrases

HERE = Path(__file__).parent
STATIC = bundling.STATIC

_SENTENCES = frozenset({"problem", "refused"})
"""Values that are a refusal in the words of a room. Those without a value in them are known to the catalogues."""
_MARKED = regex.compile(r"https?://\S+|(?<!\w)[#@][\w.]*\w")


def page(
    request: Request,
    template: str,
    *,
    stay: Stay | None = None,
    status: int = 200,
    notice: Notice | None = None,
    **values: Any,
) -> Response:
    """Render a template. With a `stay` the page has the frame: rail, organization, zone."""
    visitor = "" if cookies.session_token(request) or request.cookies.get(cookies.VISITOR) else new_visitor()
    waiting = notice_of(request)
    # A page of which a script takes a part only may not show the notice, which then must not be lost: it goes along in
    # a header, for the script to show. Other requests of scripts leave it to the next page, unless they show it.
    is_partial = asks_for_part(request) and "x-shows-notice" not in request.headers
    told = None if is_partial else waiting
    shown = notice or told
    html = (
        environment()
        .get_template(template)
        .render(
            stay=stay,
            path=request.url.path,
            here=_here(request),
            look=look_of(request),
            frame=framed(request, stay) if stay is not None else None,
            csrf_field=FIELD,
            csrf_token=form_token(request, visitor=visitor, organization_id=stay.organization_id if stay else None),
            notice=shown and replace(shown, text=known(shown.text), details=tuple(map(known, shown.details))),
            now=clock.now(),
            simulated_time=clock.is_simulated(),
            sandbox_url=settings.get().sandbox_url,
            request_id=request.scope.get("state", {}).get("request_id", ""),
            **{
                name: known(value) if name in _SENTENCES and isinstance(value, str) else value
                for name, value in values.items()
            },
        )
    )
    response = html_response(request, html, status=status)
    tell_language(response)
    if visitor:
        cookies.put(response, cookies.VISITOR, visitor)
    if waiting is not None and "hx-request" in request.headers:
        response.headers["hx-trigger"] = json.dumps({"notice": asdict(waiting)})
        cookies.drop(response, cookies.NOTICE)
    elif told is not None:
        cookies.drop(response, cookies.NOTICE)
    return response


def fragment(
    request: Request, template: str, *, stay: Stay, trigger: dict[str, Any] | None = None, **values: Any
) -> Response:
    """A small part without a page, for a script that asks often: no forms in it, and no notice is taken for it.

    `trigger` are events for the script, by name.
    """
    html = environment().get_template(template).render(stay=stay, **values)
    response = html_response(request, html)
    if trigger is not None:
        response.headers["hx-trigger"] = json.dumps(trigger)
    return response


def part(template: str, name: str, *given: Any, **values: Any) -> str:
    """What a macro of a template makes, for a script that puts it into a page; `values` are the template's names."""
    return str(getattr(environment().get_template(template).make_module(values), name)(*given))


async def error_page(request: Request, error: Exception) -> Response:
    """What a person sees when something did not work. Looks at no database, so that it works without one."""
    told = explain(error)
    told = replace(
        told, title=known(told.title), happened=known(told.happened), safe=known(told.safe), todo=known(told.todo)
    )
    if isinstance(error, OtherOrganization):
        return page(request, "elsewhere.html", status=told.status, told=told, error=error)
    # Whoever comes by a review link has no account: this week's page would only ask them to sign in.
    is_guest = request.url.path.startswith("/review/")
    return page(request, "error.html", status=told.status, told=told, is_guest=is_guest)


@cache
def environment() -> Environment:
    """The templates, with the words that they use."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    _speak(made)
    made.globals["asset"] = asset
    made.globals["icon_at"] = icon_at
    made.globals["THEMES"] = THEMES
    made.globals["state_of"] = words.state_of
    made.globals["label_of"] = words.label_of
    made.globals["change_of"] = words.change_of
    made.globals["kind_of"] = words.kind_of
    made.globals["SIMULATED"] = words.SIMULATED
    for name in _FILTERS:
        made.filters[name] = getattr(words, name)
    made.filters["as_post"] = as_post
    made.filters["with_marks"] = with_marks
    made.filters["known"] = known
    made.filters |= phrases.FILTERS
    return made


def _speak(made: Environment) -> None:
    """Texts go through the catalogues. Values that are put into one are escaped, whatever the language."""
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the extension puts it there
        languages.gettext, _numbered, newstyle=True, pgettext=languages.pgettext
    )
    made.globals["ngettext"] = _numbered
    made.globals["language"] = languages.current
    made.globals["languages"] = languages.NAMES


def _numbered(one: str, many: str, number: int, **values: Any) -> Markup:
    """The form for a number. The number itself is written as in the language, by whatever name the text has for it."""
    values.setdefault("num", number)
    shown = {
        name: words.number(value) if type(value) is int and value == number else value for name, value in values.items()
    }
    return Markup(languages.translations(languages.current()).ngettext(one, many, number)) % shown  # noqa: S704 -- from the templates and catalogues


def _here(request: Request) -> str:
    """Where to come back to: this page, unless it answers a form and may have no other address."""
    return request.url.path if request.method == "GET" else "/"


_FILTERS = (
    "place_of", "day", "weekday", "day_and_month", "month", "at", "hour", "week", "ago", "counted", "percent", "number",
    "first_line", "local", "figure", "repetition", "full_day",
)  # fmt: skip


@cache
def asset(name: str) -> str:
    """The address of a bundle or of a static file, which changes with its content."""
    if built := bundling.address(name):
        return built
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@cache
def icon_at(name: str) -> str:
    """Where the icon is in the sheet of icons. Raises KeyError for one that `frontend/src/icons.json` does not name."""
    if name not in icons():
        raise KeyError(name)
    return f"{asset('icons.svg')}#{name}"


@cache
def icons() -> frozenset[str]:
    """The names of all icons."""
    sheet = (STATIC / asset("icons.svg").removeprefix("/static/")).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sheet))


def as_post(text: str) -> Markup:
    """A post's text with its links, hashtags and mentions marked, as networks do. Everything else is escaped."""
    pieces, position = [], 0
    for found in _MARKED.finditer(text):
        pieces += [escape(text[position : found.start()]), Markup('<span class="tag">{}</span>').format(found.group())]
        position = found.end()
    return Markup("").join([*pieces, escape(text[position:])])
