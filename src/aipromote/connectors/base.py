"""What most networks have in common. A connector is a `Network` that says what is different about it."""

from __future__ import annotations

from datetime import datetime

import aiohttp

from aipromote.connectors import limits as tables
from aipromote.connectors import validating
from aipromote.connectors.capabilities import Capabilities
from aipromote.connectors.contract import Ask, Certainty, Credentials, Limits, Part, Prepared
from aipromote.connectors.errors import Revoked
from aipromote.documents.vocabulary import Platform


class Network:
    """Implements of `Connector` what needs no call, for a network that serves one platform."""

    name: str
    platform: Platform
    server: str
    is_server_chosen = False
    asks: tuple[Ask, ...] = ()
    certainty: Certainty
    scopes: frozenset[str] = frozenset()
    can: Capabilities
    """What `capabilities` returns."""

    def limits(self, platform: Platform) -> Limits:
        """The platform's own."""
        return tables.of(platform)

    def capabilities(self, platform: Platform) -> Capabilities:
        """Always the same: it reaches no other platform."""
        del platform
        return self.can

    def problems(self, platform: Platform, part: Part) -> list[str]:
        """What its limits and capabilities say against the part."""
        return validating.problems(self.limits(platform), self.capabilities(platform), part, network=platform.label)

    def certainty_of(self, credentials: Credentials) -> Certainty:
        """The same for every account."""
        del credentials
        return self.certainty

    def choose_record_key(self, armed_at: datetime) -> str | None:
        """None: the network numbers posts itself."""
        del armed_at
        return None

    def prepares(self, part: Part) -> bool:
        """Whether there are files to upload."""
        return bool(part.media)

    async def prepare(
        self, http: aiohttp.ClientSession, credentials: Credentials, part: Part, prepared: str | None
    ) -> Prepared:
        """Nothing to do."""
        del http, credentials, part, prepared
        return Prepared()

    async def refresh(self, http: aiohttp.ClientSession, credentials: Credentials) -> Credentials:
        """There is nothing to renew: keys last until somebody revokes them."""
        del http, credentials
        raise Revoked("This key is not accepted any more; connect the account again.")

    async def revoke(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        """There is nothing to call: the person deletes the key over there."""
        del http, credentials


def revokes(connector: object) -> bool:
    """Whether the network can be told that tokens are not needed any more, or a person has to end them over there."""
    return getattr(type(connector), "revoke", None) is not Network.revoke
