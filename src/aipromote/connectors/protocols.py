"""What every connector does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TypeGuard

import aiohttp

from aipromote.connectors.capabilities import Capabilities
from aipromote.connectors.contract import (
    App,
    Armed,
    Ask,
    Certainty,
    Consent,
    Credentials,
    Grant,
    Limits,
    LookUp,
    Metrics,
    Part,
    Prepared,
    Processing,
    Profile,
    Published,
)
from aipromote.documents.vocabulary import Platform


class Connector(Protocol):
    """One network. Implementations are stateless; every call gets the HTTP session and raises only ConnectorError.

    `aipromote.connectors.base.Network` has what most of them share.
    """

    name: str  # "sandbox", "bluesky"
    platform: Platform  # what the audience sees
    server: str  # the usual base URL of its API
    is_server_chosen: bool  # whether accounts live on servers that people name
    asks: tuple[Ask, ...]  # what a person types to connect: before they leave for a consent page, or instead of one
    certainty: Certainty  # of a usual grant
    scopes: frozenset[str]  # that a grant needs for publishing and looking up; empty where grants have none

    def limits(self, platform: Platform) -> Limits:
        """What may be posted to `platform` through this connector."""
        ...

    def capabilities(self, platform: Platform) -> Capabilities:
        """What it can do on `platform`."""
        ...

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """Why the network would refuse this, in words for people, as far as that can be known without asking it."""
        ...

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """The certainty for this account: `certainty`, unless its grant allows more or less than usual."""
        ...

    def choose_record_key(self, armed_at: datetime) -> str | None:
        """A fresh record key to store in `Armed`, or None where the network takes none."""
        ...

    def prepares(self, part: Part) -> bool:
        """Whether `prepare` has something to do for this part."""
        ...

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Upload files and build what `publish` fires. Nothing becomes public, so it may be called again at will.

        May take minutes. `prepared` is the handle of the call before; what it names may be gone over there (then begin
        anew). Raises MediaRejected for a file that the network cannot use.
        """
        ...

    async def publish(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed
    ) -> Published | Processing:
        """Fire once. Explicit time-out, no hidden retry, no redirect followed.

        Where `prepares` says so, `armed.prepared` names what is to be published. If that is gone over there: Stale.
        """
        ...

    async def look_up(self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, armed: Armed) -> LookUp:
        """Whether the network has what `armed` was to send. Raises Rejected where it took it and then refused it.

        `part` is as it was sent, with title and the facts of its files; their content is not there to be read.
        """
        ...

    async def metrics(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> Metrics:
        """The counters of one post now."""
        ...

    async def profile(self, http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
        """The account behind the credentials."""
        ...

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """New credentials; `refresh_token` keeps the old one where the answer brings none."""
        ...

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Tell the network that the tokens are not needed any more. Tokens that are gone already are no error."""
        ...

    async def delete(self, http: aiohttp.ClientSession, credentials: Credentials, platform_post_id: str) -> None:
        """Take a post down. One that is gone already is no error."""
        ...


class OAuthConnector(Connector, Protocol):
    """A network whose accounts are connected by the OAuth 2 code flow, with PKCE where it has it."""

    needs_app: bool  # whether the operator has to register an app with the network first

    def authorization_url(self, consent: Consent) -> str:
        """Where to send the person."""
        ...

    async def exchange(self, http: aiohttp.ClientSession, consent: Consent, *, code: str) -> list[Grant]:
        """Trade the code for credentials: one grant for each place that the person can publish to, at least one."""
        ...


class RegisteringConnector(OAuthConnector, Protocol):
    """A network whose servers register an app when they are asked: one for each server, kept and used again."""

    async def register(self, http: aiohttp.ClientSession, *, server: str, redirect_uri: str) -> App:
        """Register with this server."""
        ...


class KeyConnector(Connector, Protocol):
    """A network whose accounts are connected by something that a person types: a password, a key, a webhook."""

    async def sign_in(self, http: aiohttp.ClientSession, *, server: str, given: Mapping[str, str]) -> list[Grant]:
        """Open the account with what was typed, by the names of `asks`: one grant for each place, at least one."""
        ...


def by_oauth(connector: Connector) -> TypeGuard[OAuthConnector]:
    """Whether accounts are connected on a consent page."""
    return hasattr(connector, "authorization_url")


def by_key(connector: Connector) -> TypeGuard[KeyConnector]:
    """Whether accounts are connected by something that is typed."""
    return hasattr(connector, "sign_in")


def registers(connector: Connector) -> TypeGuard[RegisteringConnector]:
    """Whether the network's servers register an app by themselves."""
    return hasattr(connector, "register")
