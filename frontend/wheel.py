"""Wheels carry the bundles, so that whoever installs one needs no Node.js."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Bundles(BuildHookInterface):
    """Refuses to build a wheel without current bundles; an editable installation builds them when it starts."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- the interface
        """`version` is the kind of wheel: "standard" or "editable"."""
        built = Path(self.root, "src/aipromote/web/static/built/manifest.json")
        if version != "editable" and not built.is_file():
            msg = "The pages' scripts and styles are not built. Run `./aipromote assets`, then build the wheel again."
            raise RuntimeError(msg)
