"""Every text of the interface can be translated, and is."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from untranslated import untranslated

from aipromote import languages
from aipromote.web import bundling, render
from aipromote.web.refusals import REFUSALS
from aipromote.web.render import environment

TEMPLATES = render.HERE / "templates"
SOURCES = render.HERE.parent
SCRIPTS = bundling.SOURCES / "src"
PROJECT = SOURCES.parents[1] / "pyproject.toml"
OTHERS = [language for language in languages.LANGUAGES if language != "en"]

NOT_YET = {
    "compose.html",
}
"""Templates with texts that cannot be translated yet. This list only gets shorter."""

CATALOGUES_ARE_COMPLETE = True
"""Whether the catalogues must have every text by now."""

_STRING = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)""")
"""Of a script, with its marks."""
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


@pytest.mark.parametrize("name", sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")))
def test_texts_of_a_template_go_through_the_catalogues(name: str) -> None:
    found = untranslated((TEMPLATES / name).read_text(), environment())
    if name in NOT_YET:
        assert found, f"{name} is converted: take it out of NOT_YET, so that it stays so"
    else:
        assert found == []


def test_the_walker_sees_what_people_read_and_hear() -> None:
    source = """
    {% block title %}A title{% endblock %}{% block column %}memo{% endblock %}
    <p aria-label="Said aloud" class="wide">{{ _("Wrapped") }} <code>code</code></p>
    {% trans %}Wrapped, too{% endtrans %}
    <button>{{ "Live" if x else _("Off") }}</button> {{ ui.post_form("/go", "Go there") }} {{ 3 | counted("post") }}
    {% if kind == "Compared" %}AIPromote{% endif %}
    """
    assert set(untranslated(source, environment())) == {"A title", "Said aloud", "Live", "Go there", "counted: post"}


@pytest.mark.parametrize("language", OTHERS)
def test_each_catalogue_has_every_text(language: str) -> None:
    if not CATALOGUES_ARE_COMPLETE:
        pytest.skip("texts of the interface are still being converted")
    catalogue = catalogue_of(language)
    empty = [key for key in texts() if not (message := catalogue.get(*key)) or not all(_forms(message.string))]
    assert empty == [], f"{len(empty)} texts have no translation"


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_has_a_text_that_is_asked_for_no_more(language: str) -> None:
    if not CATALOGUES_ARE_COMPLETE:
        pytest.skip("texts of the interface are still being converted")
    assert {
        (message.id if isinstance(message.id, str) else message.id[0], message.context)
        for message in catalogue_of(language)
        if message.id
    } <= texts()


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_places_for_values_that_the_texts_have(language: str) -> None:
    for message in catalogue_of(language):
        if not message.id:
            continue
        wanted = set().union(*(_places(form) for form in _forms(message.id)))
        for form in filter(None, _forms(message.string)):
            assert _places(form) <= wanted, message.id
            assert wanted - _places(form) <= {"num", "n"}, message.id
        assert not message.fuzzy, message.id


def test_each_refusal_that_pages_translate_is_still_said_somewhere() -> None:
    said = {
        node.value
        for path in SOURCES.rglob("*.py")
        if path.name != "refusals.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(REFUSALS) - said == set()


def test_a_refusal_is_told_in_the_language_of_the_person() -> None:
    with languages.speaking("de"):
        assert languages.known("There is no such fact.") == "Diesen Fakt gibt es nicht."
        assert languages.known("A sentence with 3 values.") == "A sentence with 3 values."
    assert languages.known("There is no such fact.") == "There is no such fact."


def test_the_editor_asks_the_page_for_the_texts_that_the_page_has() -> None:
    asked = re.findall(
        r'[|=] "(\w+)"', (SCRIPTS / "editor/words.ts").read_text().partition("type Word")[2].partition(";")[0]
    )
    page = (TEMPLATES / "piece_words.html").read_text()
    has = {re.sub(r"-(\w)", lambda part: part[1].upper(), name) for name in re.findall(r"\bdata-([\w-]+)=", page)}
    assert has == {*asked, "zone", "place"}


@pytest.mark.parametrize(
    "name", ["islands/editor.ts", *(f"editor/{path.name}" for path in (SCRIPTS / "editor").iterdir())]
)
def test_the_editor_has_no_sentences_of_its_own(name: str) -> None:
    code = re.sub(r"^\s*(//|/\*\*).*|\s// .*", "", (SCRIPTS / name).read_text(), flags=re.MULTILINE)
    assert [text for text in _STRING.findall(code) if re.search(r"^.[A-Z][a-z]+ |[a-z] [a-z]+ [a-z]", text)] == []


@cache
def texts() -> frozenset[tuple[str, str | None]]:
    """What the sources ask for: text (of a plural, the first form) and context."""
    mappings = tomllib.loads(PROJECT.read_text())["tool"]["babel"]["mappings"]
    methods = [(one["pattern"], one["method"]) for one in mappings]
    options = {one.pop("pattern"): one for one in mappings}
    found = extract_from_dir(SOURCES, methods, options, keywords=KEYWORDS)
    return frozenset((text if isinstance(text, str) else text[0], context) for _, _, text, _, context in found)


KEYWORDS = {**DEFAULT_KEYWORDS, "lazy": None, "lazy_pgettext": ((1, "c"), 2)}
"""As on the command line in docs/languages.md."""


@cache
def catalogue_of(language: str) -> Catalog:
    """As it lies in the repository."""
    path = Path(languages.LOCALES, language, "LC_MESSAGES", "messages.po")
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _places(text: str) -> set[str]:
    return {name for name in _PLACE.findall(text) if name}
