"""What an article's text and title become on a WordPress site."""

import re

from hypothesis import given
from hypothesis import strategies as st

from aipromote.connectors.wordpress import markup


def test_markdown_becomes_html_and_nothing_in_it_is_html_or_a_shortcode():
    text = (
        "# Why\n\nWe *ship*, see https://example.com/a?x=1&y=2.\nNext line [caption]<b onclick=x>hi</b>"
        "\n\n- [one](https://example.com)\n\n![p](https://spy.example/p.png) [x](javascript:alert(1)) &amp;\n"
    )
    made = markup.article(text)
    assert "<h1>Why</h1>" in made
    assert '<a href="https://example.com/a?x=1&amp;y=2">https://example.com/a?x=1&amp;y=2</a>.<br />' in made
    assert "&#091;caption&#093;&lt;b onclick=x&gt;hi&lt;/b&gt;" in made
    assert '<li><a href="https://example.com">one</a></li>' in made
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert markup.words("A <b> & [gallery]\n") == "A &lt;b&gt; &amp; &#091;gallery&#093;"


TAGS = {"p", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "br", "a", "table", "thead"}
TAGS |= {"tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6"}


@given(st.text(st.sampled_from("<>[]()*_`&\"'!-#/:. \nab1|~\\"), max_size=80))
def test_no_text_makes_any_tag_but_those_of_markdown(text):
    made = markup.article(text)
    assert "[" not in made
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z][^\s/>]*)", made)} <= TAGS


@given(st.text(max_size=300), st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_the_name_of_an_article_is_its_own(title, key, other):
    name = markup.slug(title, key)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= 75
    assert markup.SLUG.fullmatch(name)
    assert markup.SLUG.fullmatch(f"{name}-2__trashed")
    assert markup.slug(title, key) == name
    assert (markup.slug(title, other) == name) == (key == other)
