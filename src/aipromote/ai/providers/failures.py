"""Why a model gave no answer that can be used, in words for people.

Nothing of what a provider answers is repeated, save a short code: answers can hold the prompt, and messages parts of
the key.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from pydantic_ai import exceptions as errors

from aipromote.ai.errors import BudgetSpent, ModelsFailed, WriterFailed
from aipromote.ai.providers.lineup import ModelName, Provider

LONGEST_WAIT = 60.0
"""A provider that asks for more patience than this, in seconds, is passed over."""
_FIRST_WAIT = 0.5
_CODE = re.compile(r"[a-z][a-z0-9_.\-]{1,39}")
_NEVER_SENT = {"pool", "connect"}


class Failure(Exception):
    """One model, one reason. `kind` is for programs; `words` follow the model's name in a sentence.

    `passes`: asking the same model again may help, after `retry_after` seconds where the provider named them.
    `may_be_charged`: the provider may have done the work. `is_refusal`: it read the request and would not answer.
    """

    def __init__(
        self,
        kind: str,
        words: str,
        *,
        passes: bool = False,
        retry_after: float | None = None,
        may_be_charged: bool = False,
        is_refusal: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {words}")
        self.kind = kind
        self.words = words
        self.passes = passes
        self.retry_after = retry_after
        self.may_be_charged = may_be_charged
        self.is_refusal = is_refusal

    def wait(self, attempt: int) -> float | None:
        """Seconds until the next attempt (0 is the first that failed), or None where there is to be none."""
        if not self.passes or (self.retry_after or 0) > LONGEST_WAIT:
            return None
        spread = random.uniform(0.5, 1.0)  # noqa: S311 -- spreads load, guards nothing
        return max(self.retry_after or 0.0, _FIRST_WAIT * float(2**attempt) * spread)


REFUSED = "it refused to answer this"
TRUNCATED = "its answer was longer than it may be, and broke off"
EMPTY = "it answered nothing"


def failure_of(error: Exception, name: ModelName) -> Failure:
    """What an exception of the library means."""
    for kinds, make in _MEANINGS:
        if isinstance(error, kinds):
            return make(error, name)
    return Failure("unexpected", f"something unexpected happened ({type(error).__name__})", may_be_charged=True)


def all_failed(failures: Sequence[tuple[ModelName, Failure]]) -> WriterFailed:
    """The error when no model is left: each with its reason."""
    if all(failure.kind == "budget" for _, failure in failures):
        return BudgetSpent(failures[0][1].words)
    reasons = tuple((str(name), failure.words.rstrip(".")) for name, failure in failures)
    told = " ".join(f"{name}: {words}." for name, words in reasons)
    return ModelsFailed(
        f"No language model could do this. {told} `aipromote ai check` asks each of them something small.",
        reasons=reasons,
    )


def missing_key(name: ModelName) -> Failure:
    """There is no key to ask it with."""
    return Failure("key", f"there is no key for it; put one into {name.provider.key_setting}")


def missing_address(name: ModelName) -> Failure:
    """There is no address to ask it at, or none that is one."""
    setting = name.provider.url_setting
    return Failure("address", f"it is not clear where its server is; put an address with http(s):// into {setting}")


def _status(error: Exception) -> str:
    """`(HTTP 401, invalid_api_key)`, as far as it is known and short."""
    status = f"HTTP {error.status_code}" if isinstance(error, errors.ModelHTTPError) else None
    code = getattr(error, "provider_error_code", None) or getattr(error, "provider_error_type", None)
    short = code if isinstance(code, str) and _CODE.fullmatch(code) else None
    known = ", ".join(filter(None, (status, short)))
    return f" ({known})" if known else ""


def _key(error: Exception, name: ModelName) -> Failure:
    return Failure("key", f"its key is not accepted{_status(error)}; put a valid one into {name.provider.key_setting}")


def _no_model(error: Exception, name: ModelName) -> Failure:
    where = f", or {name.provider.url_setting}" if name.provider is Provider.COMPATIBLE else ""
    return Failure("no_model", f"there is no model of this name{_status(error)}; look at AIPROMOTE_AI_MODELS{where}")


def _quota(error: Exception, _: ModelName) -> Failure:
    return Failure("quota", f"the account there has no credit left, or has reached its own limit{_status(error)}")


def _busy(error: Exception, _: ModelName) -> Failure:
    wait = getattr(error, "retry_after", None)
    asked = f"; it asks to wait {wait:.0f} seconds" if wait else ""
    return Failure("busy", f"it takes no more requests now{_status(error)}{asked}", passes=True, retry_after=wait)


def _broken(error: Exception, _: ModelName) -> Failure:
    again = getattr(error, "provider_retry_hint", None) is not False
    wait = getattr(error, "retry_after", None)
    return Failure("unavailable", f"it is out of order{_status(error)}", passes=again, retry_after=wait)


def _too_long(error: Exception, _: ModelName) -> Failure:
    return Failure("too_long", f"the request is longer than it can read{_status(error)}")


def _rejected(error: Exception, _: ModelName) -> Failure:
    return Failure("rejected", f"it takes the request for a wrong one{_status(error)}")


def _slow(_: Exception, __: ModelName) -> Failure:
    return Failure("timeout", "it took longer than AIPROMOTE_AI_TIMEOUT_SECONDS allows", may_be_charged=True)


def _lost(error: Exception, name: ModelName) -> Failure:
    unsent = getattr(error, "phase", None) in _NEVER_SENT
    if not unsent:
        return Failure("connection", "the connection broke off", passes=True, may_be_charged=True)
    where = f" at {name.provider.url_setting}" if name.provider is Provider.COMPATIBLE else ""
    return Failure("connection", f"its server{where} cannot be reached", passes=True)


def _refused(_: Exception, __: ModelName) -> Failure:
    return Failure("refused", REFUSED, may_be_charged=True, is_refusal=True)


def _garbled(_: Exception, __: ModelName) -> Failure:
    return Failure("garbled", "it answered something that cannot be read", may_be_charged=True)


_MEANINGS = (
    (errors.ModelAuthenticationError, _key),
    (errors.ModelNotFoundError, _no_model),
    (errors.ModelQuotaExceededError, _quota),
    (errors.ModelRateLimitError, _busy),
    (errors.ModelContextWindowExceededError, _too_long),
    (errors.ModelRequestRejectedError, _rejected),
    ((errors.ModelUnavailableError, errors.ModelServerError), _broken),
    ((errors.ModelTimeoutError, errors.ModelRequestTimeout, TimeoutError), _slow),
    (errors.ModelConnectionError, _lost),
    (errors.ModelHTTPError, _rejected),
    (errors.ContentFilterError, _refused),
    ((errors.UnexpectedModelBehavior, errors.ModelAPIError), _garbled),
)
"""By type of exception, the special before the general."""
