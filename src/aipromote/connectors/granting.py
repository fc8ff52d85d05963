"""What a token endpoint of OAuth 2 answers when it grants something (RFC 6749, section 5.1)."""

from __future__ import annotations

import re
from dataclasses import replace

from aipromote import clock
from aipromote.connectors.contract import Credentials
from aipromote.connectors.numbers import count
from aipromote.connectors.wire import Answer

_LONGEST_LIFE_SECONDS = 10 * 366 * 86_400


def granted(credentials: Credentials, answer: Answer) -> Credentials:
    """The credentials with the new tokens. What the answer leaves out stays as it was, but for the end of life.

    Scopes are separated by spaces, or by commas as some networks have it.
    """
    life = count(answer.at("expires_in"))
    return replace(
        credentials,
        access_token=answer.fact("access_token"),
        refresh_token=answer.fact("refresh_token") or credentials.refresh_token,
        scope=" ".join(re.split(r"[,\s]+", answer.fact("scope").strip())) or credentials.scope,
        expires_at=None if life is None else clock.after(min(life, _LONGEST_LIFE_SECONDS)),
    )
