"""What each network may answer, and what that means: one module for each, found by itself.

A module has `CONNECTOR`; `ROWS` of (status, body, meaning) or (status, body, meaning, headers) for the one call that
publishes a text; and, where the usual ones do not do, `ACCOUNT` (the account's id), `PART`, `PREPARED` (the handle that
`prepare` gave), `TOKEN` (an access token of the network's own form, with the secret in it), `SCOPE`, `POST_ID`,
`CANNOT_BE_ASKED` (nothing can be looked up), `SENDS_FILES_ALONG` (files are in the publishing call itself), `LISTS`
(an empty list is a good answer to a look-up).
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def modules() -> list[ModuleType]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "anywhere")
    return [importlib.import_module(f"{__name__}.{name}") for name in names]
