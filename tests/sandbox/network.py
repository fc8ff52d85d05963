"""The sandbox network on loopback, and what a browser would do on its consent page."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp.test_utils import TestServer

from aipromote.sandbox.app import create_app

REDIRECT = "http://127.0.0.1:9/back"


class Network:
    """A running sandbox network; `url` has no slash at the end."""

    def __init__(self, path, **options) -> None:
        self._server = TestServer(create_app(path, **options))
        self.http: aiohttp.ClientSession

    async def __aenter__(self):
        await self._server.start_server(shutdown_timeout=0.1)
        self.url = str(self._server.make_url("")).rstrip("/")
        self.http = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_) -> None:
        await self.http.close()
        await self._server.close()

    async def consent(
        self, *, handle="ada", platform="SANDBOX", scope="", answer="allow", redirect_uri=REDIRECT, grade=""
    ):
        """Fill in the consent form; the query that the client gets back, and the PKCE verifier."""
        verifier = secrets.token_urlsafe(32)
        form = {
            "client_id": "aipromote",
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "state": "s&1",
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            "scope": scope,
            "handle": handle,
            "platform": platform,
            "grade": grade,
            "answer": answer,
        }
        async with self.http.post("/oauth/authorize", data=form, allow_redirects=False) as response:
            assert response.status == 303, await response.text()
            query = parse_qs(urlsplit(response.headers["Location"]).query)
            return {name: values[0] for name, values in query.items()}, verifier

    async def token(self, **form):
        """The token end point's status and body."""
        async with self.http.post("/oauth/token", data={"client_id": "aipromote"} | form) as response:
            return response.status, await response.json()

    async def connect(self, **options):
        """The token answer of a fresh consent."""
        query, verifier = await self.consent(**options)
        status, body = await self.token(
            grant_type="authorization_code", code=query["code"], redirect_uri=REDIRECT, code_verifier=verifier
        )
        assert status == 200
        return body

    async def post(self, token, text, *, key=None, **content):
        """Publish; status and body."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        async with self.http.post("/api/v1/posts", json={"text": text, **content}, headers=headers) as response:
            return response.status, await response.json()

    async def get(self, path, token=""):
        """Status and JSON body."""
        async with self.http.get(path, headers={"Authorization": f"Bearer {token}"}) as response:
            return response.status, await response.json()

    async def fault(self, kind, **settings) -> None:
        """Switch a fault on."""
        async with self.http.post("/faults", json={"kind": kind, **settings}) as response:
            assert response.status == 201, await response.text()

    async def audit(self):
        """Everything that was really received."""
        return (await self.get("/audit"))[1]


def challenge(verifier: str) -> str:
    """PKCE's S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
