"""The languages with a pack, and the neutral pack for all others."""

from __future__ import annotations

from aipromote.ai.offline.pack import Kind, Pack, Theme
from aipromote.ai.offline.packs.de import PACK as GERMAN
from aipromote.ai.offline.packs.en import PACK as ENGLISH
from aipromote.ai.offline.packs.es import PACK as SPANISH
from aipromote.ai.offline.packs.fr import PACK as FRENCH
from aipromote.ai.offline.packs.pt import PACK as PORTUGUESE
from aipromote.documents.phrases import language_of

# No words at all: pillars go by the startup's name and a number, posts by the brief's own sentences.
NEUTRAL = Pack(
    code="",
    pillars={theme: (f"{{name}} {number}", "") for number, theme in enumerate(Theme, 1)},
    openers={Kind.WHAT: ("{name}",)},
)
PACKS = {pack.code: pack for pack in (ENGLISH, GERMAN, SPANISH, FRENCH, PORTUGUESE)}


def pack_for(tag: str) -> Pack:
    """The pack of a language tag ("pt-BR"), or the neutral one."""
    return PACKS.get(language_of(tag), NEUTRAL)
