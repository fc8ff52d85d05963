"""The small Mastodon server with an account on it, for tests of its connector."""

from dataclasses import replace

import pytest

from aipromote.connectors.contract import Credentials, Part
from aipromote.connectors.mastodon import MastodonConnector
from connectors.mastodon_server import ACCOUNT, MastodonServer


class MastodonHarness:
    def __init__(self, server: MastodonServer) -> None:
        self.server = server
        self.connector = MastodonConnector()
        self.credentials = Credentials(server.url, server.grant(), account_id=ACCOUNT)

    async def fault(self, kind, *, seconds=None, style="seconds") -> None:  # noqa: ARG002 -- there is one form only
        if kind == "delayed_visibility":
            self.server.hidden_for = seconds
        else:
            self.server.faults.append((kind, 1.0 if seconds is None else seconds))

    async def received(self) -> list[str]:
        return [status["text"] for status in self.server.statuses]

    async def expire_access(self) -> None:
        raise AssertionError("tokens do not end")

    async def revoke(self) -> None:
        self.server.tokens.clear()

    async def narrow_credentials(self) -> Credentials:
        return replace(self.credentials, access_token=self.server.grant("read:accounts"))

    async def prepare(self, http, part: Part, *, times: int = 10) -> str | None:
        """The handle, once it is ready."""
        handle = None
        for _ in range(times):
            answer = await self.connector.prepare(http, self.credentials, part, handle)
            handle = answer.handle
            if answer.ask_after is None:
                return handle
        pytest.fail("it was never ready")
