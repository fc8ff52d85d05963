"""Cards can be read: whatever the words and colours, the letters fit, stand out, and are there."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from aipromote.assets.cards.colours import contrast, ink_on, parsed
from aipromote.assets.cards.drawing import LONGEST, Card, draw, drawable
from aipromote.assets.cards.errors import NoLetters
from aipromote.assets.cards.fonts import font_file

BLUE, AMBER = (29, 78, 216), (251, 191, 36)


def card(sentence: str, **more: object) -> Card:
    given = {"owner": "Acme", "width": 540, "height": 675, "background": BLUE, "accent": AMBER}
    return Card(sentence, **{**given, **more})  # type: ignore[arg-type]


def pixels(drawn: bytes) -> Image.Image:
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def inked(image: Image.Image, background: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of all that is not background."""
    flat = Image.new("RGB", image.size, background)
    return ImageChops.difference(image, flat).getbbox()


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_the_words_stand_out_on_any_colour(background):
    """4.5 to 1 is what WCAG 2.2 asks of a text; black or white always has it."""
    assert contrast(ink_on(background), background) >= 4.5


def test_contrast_is_what_the_standard_says():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#1d4ed8", (29, 78, 216)),
        ("#FFF", (255, 255, 255)),
        (" 0f766eff ", (15, 118, 110)),
        ("blue", None),
        ("#12", None),
    ],
)
def test_colours_are_read_as_people_write_them(text, colour):
    assert parsed(text) == colour


words = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzäöüßéñçßãøłžабвгдежзΩψ ,.-–'"), min_size=1, max_size=400)


@settings(max_examples=30, deadline=None)
@given(sentence=words.filter(str.strip), owner=words, size=st.sampled_from([(540, 675), (600, 338), (360, 640)]))
def test_nothing_leaves_the_card_however_long_the_words(sentence, owner, size):
    image = pixels(draw(card(sentence, owner=owner, width=size[0], height=size[1], kicker=owner)))
    box = inked(image, BLUE)
    assert image.size == size
    assert box is not None
    left, top, right, bottom = box
    edge = size[0] * 0.02
    assert left >= edge
    assert top >= edge
    assert bottom <= size[1] - edge
    if " " in sentence.strip() and max(map(len, sentence.split())) < 20:
        assert right <= size[0] - edge


def test_the_same_card_is_the_same_picture():
    assert draw(card("Nails get lost.")) == draw(card("Nails get lost."))


def test_emoji_and_controls_are_left_out_and_long_texts_end():
    assert drawable("Nails 🔨\u200d get\x07 lost\n\n👍🏽!") == "Nails get lost !"
    assert len(drawable("a" * 1000)) == LONGEST


def test_a_text_of_emoji_alone_gives_no_card():
    with pytest.raises(NoLetters, match="nothing to put on a card"):
        draw(card("🔨🔨🔨"))


def test_letters_that_no_font_has_are_named_with_what_to_install():
    """Linear A and its like: no machine of ours has a font for it."""
    with pytest.raises(NoLetters, match="Install one"):
        font_file("\U00010600\U00010601", bold=True)


def test_the_font_that_comes_along_has_the_letters_of_europe():
    for text in ("Größe, œuvre, ñandú, ação, Łódź, İstanbul", "Ψωμί και αλάτι", "Хлеб и соль – 5 €"):
        assert "SourceSansPro" in font_file(text, bold=True)


def test_an_accent_that_cannot_be_told_from_the_background_is_replaced():
    seen = pixels(draw(card("Nails.", accent=BLUE)))
    bar = seen.getpixel((60, 50))
    assert isinstance(bar, tuple)
    assert contrast(bar[:3], BLUE) > 1.6
