"""A provider that says who somebody is, as strict as the real ones: OpenID Connect like Google, OAuth like GitHub.

It knows one app. It refuses a redirect address, a client secret, a PKCE verifier or a code that is not right, and a
code that was used.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "the-app", "the secret of the app"


@dataclass
class Provider:
    """What it says of the person in front of it, and what tests make it do wrong."""

    subject: str = "1001"
    email: str = "ada@kornblume.example"
    is_verified: bool = True
    lies: dict[str, Any] = field(default_factory=dict)
    """Claims of the signed token that are not what they should be."""
    address: str = ""
    redirect_uris: tuple[str, ...] = ()
    signs_with: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}, private=True))
    publishes: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.add_routes(
            [
                web.get("/.well-known/openid-configuration", self.configuration),
                web.get("/keys", self.keys),
                web.post("/token", self.google_token),
                web.post("/login/oauth/access_token", self.github_token),
                web.get("/api/v3/user", self.user),
                web.get("/api/v3/user/emails", self.emails),
            ]
        )
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def consent(self, asked: str, *, refuses: bool = False) -> str:
        """What the person's browser is sent back with: the query, for the address that it was asked with."""
        query = dict(parse_qsl(asked.partition("?")[2]))
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["redirect_uri"] in self.redirect_uris
        assert query["code_challenge_method"] == "S256"
        if refuses:
            return urlencode({"error": "access_denied", "state": query["state"]})
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return urlencode({"code": code, "state": query["state"]})

    async def configuration(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            }
        )

    async def keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [(self.publishes or self.signs_with).as_dict(private=False)]})

    async def google_token(self, request: web.Request) -> web.Response:
        query, refusal = await self._redeemed(request)
        if query is None:
            return web.json_response({"error": refusal}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": self.subject,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            "email": self.email,
            "email_verified": self.is_verified,
            "name": "Ada Brot",
            **self.lies,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with)
        return web.json_response({"access_token": "opaque", "token_type": "Bearer", "id_token": signed})

    async def github_token(self, request: web.Request) -> web.Response:
        query, refusal = await self._redeemed(request)
        if query is None:
            return web.json_response({"error": refusal})  # GitHub answers 200 to a code that is not good
        self.tokens.add(token := secrets.token_urlsafe(16))
        return web.json_response({"access_token": token, "token_type": "bearer", "scope": "read:user,user:email"})

    async def user(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return web.json_response({"message": "Bad credentials"}, status=401)
        # The address of a profile is whatever the person wrote there.
        profile = {"id": int(self.subject), "login": "ada", "name": "Ada", "email": "boss@other.example"}
        return web.json_response(profile)

    async def emails(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return web.json_response({"message": "Bad credentials"}, status=401)
        second = {"email": "second@other.example", "primary": False, "verified": True}
        return web.json_response([second, {"email": self.email, "primary": True, "verified": self.is_verified}])

    def _is_known(self, request: web.Request) -> bool:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and token in self.tokens

    async def _redeemed(self, request: web.Request) -> tuple[dict[str, str] | None, str]:
        form = await request.post()
        query = self.codes.pop(str(form.get("code")), None)
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_ours = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        given = (form.get("redirect_uri"), challenge, form.get("grant_type"))
        asked = query and (query["redirect_uri"], query["code_challenge"], "authorization_code")
        if not is_ours or query is None or given != asked:
            refusal = "invalid_grant" if is_ours else "invalid_client"
            self.refusals.append(refusal)
            return None, refusal
        return query, ""
