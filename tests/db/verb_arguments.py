"""Finds the public verbs and queries of all rooms, and makes arguments for them out of somebody else's rows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

import aipromote
from aipromote.accounts.actor import Actor
from aipromote.ai.models import Order
from aipromote.assets import storage
from aipromote.assets.examining import Examined
from aipromote.assets.states import AssetType
from aipromote.assets.storage import Stored
from aipromote.brand.check import Rules
from aipromote.brand.queries import Judge
from aipromote.channels.choices import Opened
from aipromote.coach.week import Week
from aipromote.connectors.contract import Counting, Limits, Metrics
from aipromote.content.actions.picturing import Look
from aipromote.content.models import ContentPiece
from aipromote.content.review.links import Guest
from aipromote.content.review.models import ReviewLink
from aipromote.db.base import Base
from aipromote.documents.brief import Brief
from aipromote.documents.content import PostDraft
from aipromote.documents.strategy import StrategyDocument
from aipromote.documents.vocabulary import Platform
from aipromote.notifications.told import Told
from aipromote.organizations.states import Role
from aipromote.portability.exporting import Sink
from aipromote.portability.form import Manifest
from aipromote.reading.feeds.looking import Look as FeedLook
from aipromote.reading.feeds.looking import Marks
from aipromote.reading.feeds.shapes import FeedReading
from aipromote.strategy.models import AIStrategy
from factories.content import post_draft
from factories.organizations import brief
from factories.strategy import document
from factories.tenants import KEYS, Rows

MONDAY = date(2026, 11, 16)
_MANY = (Collection, Iterable, Sequence, list, tuple, set, frozenset)

WORDS = {
    "server": "http://127.0.0.1:9",
    "redirect_uri": "http://127.0.0.1:9/back",
    "connector": "sandbox",
    "bucket": storage.LOCAL,
    "key_begins": "",  # as all do
}


class Nowhere:
    """Takes files, and keeps none of them."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        del name
        return nullcontext(BytesIO())


class CannotMake(Exception):
    """The test does not know how to make such an argument: say so in this file."""


def verbs() -> Iterator[Callable[..., Any]]:
    """Every public coroutine of an `actions` or `queries` module."""
    for found in pkgutil.walk_packages(aipromote.__path__, "aipromote."):
        if {"actions", "queries"} & set(found.name.split(".")) and ".simulation." not in found.name:
            module = importlib.import_module(found.name)
            for name, verb in vars(module).items():
                if inspect.iscoroutinefunction(verb) and verb.__module__ == found.name and not name.startswith("_"):
                    yield verb


_NO_ROOMS = {
    "app",
    "api",
    "cli",
    "db",
    "embedded",
    "evaluation",
    "http",
    "sandbox",
    "simulation",
    "studio",
    "web",
    "worker",
}


def acting() -> Iterator[Callable[..., Any]]:
    """Every public coroutine of a room, in whatever module, that takes a session and an actor."""
    for found in pkgutil.walk_packages(aipromote.__path__, "aipromote."):
        if found.name.split(".")[1] in _NO_ROOMS:
            continue
        module = importlib.import_module(found.name)
        for name, verb in vars(module).items():
            is_own = inspect.iscoroutinefunction(verb) and verb.__module__ == found.name and not name.startswith("_")
            if is_own and {Actor, AsyncSession} <= {
                kind for kind, _ in parameters(verb).values() if inspect.isclass(kind)
            }:
                yield verb


def parameters(verb: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    """By name: the type without its None, and whether it may be left out."""
    hints = typing.get_type_hints(verb)
    return {
        name: (_without_none(hints[name]), parameter.default is not inspect.Parameter.empty)
        for name, parameter in inspect.signature(verb).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


@dataclass(frozen=True)
class Maker:
    """Makes arguments: the caller is `actor`, named is `organization`, and all keys are those of `victim`."""

    session: AsyncSession
    actor: Actor
    http: aiohttp.ClientSession
    organization: UUID
    victim: UUID
    rows: Rows

    def arguments(self, verb: Callable[..., Any]) -> dict[str, Any]:
        """Everything that it needs, and of what it may do without only the keys."""
        return {
            name: self._make(name, kind)
            for name, (kind, optional) in parameters(verb).items()
            if not optional or _singular(name) in KEYS or name == "organization_id"
        }

    def _make(self, name: str, kind: Any) -> Any:
        if name == "organization_id":
            return self.organization
        special = {
            "organization_ids": [self.victim],
            "keys": [(self.victim, self._key("account_id"))],
            "told": {},
            "revisions": [(self._key("piece_id"), 1)],
            "week_start": MONDAY,
            "monday": MONDAY,
            "role": Role.VIEWER,
        }
        if name in special:
            return special[name]
        if _singular(name) in KEYS and (kind is UUID or UUID in typing.get_args(kind)):
            key = self._key(_singular(name))
            return key if kind is UUID else [key]
        if _is_row(kind):
            return self._row(kind)
        if kind is UUID:
            return self._key("piece_id")
        return self._value(name, kind)

    def _key(self, name: str) -> UUID:
        return UUID(self.rows[KEYS[name]][0]["id"])

    def _row(self, kind: Any) -> Any:
        """A row of the victim's as a caller might have got it, with its keys and plain values."""
        known = self.rows[kind.__tablename__][0]
        values = {
            column.key: UUID(known[column.name]) if _python(column) is UUID and known[column.name] else None
            for column in kind.__mapper__.columns
            if column.name in known
        }
        for column in kind.__mapper__.columns:
            if issubclass(plain := _python(column) or object, Enum):
                values[column.key] = next(iter(plain))
            elif plain in {str, int, bool, list} and column.name in known:
                values[column.key] = known[column.name]
            elif plain is datetime:
                values[column.key] = datetime.now(UTC)
        if kind is AIStrategy:
            values |= dict(document())
        if kind is ContentPiece:
            values |= {"body": "Rye keeps.", "parts": [], "hashtags": []}
        return kind(**values)

    def _value(self, name: str, kind: Any) -> Any:
        origin = typing.get_origin(kind) or kind
        if inspect.isclass(origin) and issubclass(origin, Enum):
            return next(iter(origin))
        if origin in {Mapping, dict}:
            return {}
        if origin in _MANY:
            return []
        made: dict[Any, Callable[[], Any]] = {
            AsyncSession: lambda: self.session,
            Actor: lambda: self.actor,
            aiohttp.ClientSession: lambda: self.http,
            Opened: lambda: Opened(Platform.SANDBOX, "sandbox", ()),
            str: lambda: WORDS.get(name, "words"),
            bytes: lambda: b"bytes",
            int: lambda: 1,
            float: lambda: 1.0,
            bool: lambda: False,
            date: lambda: MONDAY,
            datetime: lambda: datetime.now() if name == "local" else datetime.now(UTC),  # noqa: DTZ005 -- a wall clock
            timedelta: lambda: timedelta(days=1),
            ZoneInfo: lambda: ZoneInfo("UTC"),
            Brief: brief,
            Order: lambda: Order(start=MONDAY),
            FeedLook: lambda: FeedLook(None, Marks("", "")),
            Examined: lambda: Examined(
                "loaf.png",
                {"mime_type": "image/png", "type": AssetType.IMAGE},
                Stored("loaf", b"7" * 32, storage.BUCKET, 5),
            ),
            Judge: lambda: Judge(Rules(), ()),
            Guest: lambda: Guest(self._row(ReviewLink), "Ada"),
            Look: lambda: Look("Acme", (0, 0, 0), (255, 255, 255)),
            Limits: lambda: Limits(max_length=280, counting=next(iter(Counting))),
            Week: lambda: Week(MONDAY, ZoneInfo("UTC")),
            Metrics: Metrics,
            PostDraft: post_draft,
            StrategyDocument: document,
            Told: Told,
            FeedReading: lambda: FeedReading(address="https://kornblume.example/feed", form="rss"),
            Sink: Nowhere,
            Manifest: lambda: Manifest(
                product="1",
                schema_revision="1",
                made_at=datetime.now(UTC),
                organization_id=self.organization,
                name="Crumb",
                files={},
                left_out={},
            ),
            Callable: lambda: lambda _: Told(reason="changed"),
        }
        if origin not in made:
            raise CannotMake(f"{name}: {kind}")
        return made[origin]()


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _without_none(kind: Any) -> Any:
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        [*others] = [one for one in typing.get_args(kind) if one is not types.NoneType]
        return others[0] if len(others) == 1 else kind
    return kind


def _is_row(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, Base)


def _python(column: Any) -> Any:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None
