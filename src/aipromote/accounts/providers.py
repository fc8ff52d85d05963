"""Google and GitHub: where a browser is sent, and who it comes back as.

Google speaks OpenID Connect: its answer is a token that it has signed, for us alone and for this one flow. GitHub
speaks OAuth: who somebody is, its API says. Authlib and httpx2 take long to load and are loaded at the first use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aipromote import clock, settings
from aipromote.accounts.identities import Claimed, Secrets
from aipromote.accounts.states import Provider
from aipromote.errors import NotFound, NotSignedIn, Unavailable

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_SECONDS = 10.0
_LEEWAY_SECONDS = 60
"""How far the provider's clock and ours may be apart."""
_ALGORITHMS = ["RS256", "ES256", "PS256"]
"""Signatures by a key pair alone: with a shared secret, or none at all, anybody could have made it."""
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class App:
    """What the operator registered at a provider."""

    provider: Provider
    client_id: str
    client_secret: str


def offered() -> list[Provider]:
    """Those that the operator has set up."""
    return [provider for provider in Provider if _app(provider) is not None]


def app_of(provider: str) -> App:
    """The app for this provider. Raises NotFound for one that is unknown or not set up."""
    known = next((one for one in Provider if one.value == provider), None)
    app = _app(known) if known else None
    if app is None:
        raise NotFound("There is no such way to sign in here.")
    return app


async def address(app: App, secrets: Secrets, *, redirect_uri: str) -> str:
    """Where the browser goes to give its consent. Raises Unavailable where the provider does not answer."""
    async with _client(app, redirect_uri) as client:
        if app.provider is Provider.GITHUB:
            where, extra = f"{_github()}/login/oauth/authorize", {}
        else:
            found = await _discovered(client)
            where, extra = str(found["authorization_endpoint"]), {"nonce": secrets.nonce}
        made, _ = client.create_authorization_url(where, state=secrets.state, code_verifier=secrets.verifier, **extra)
    return str(made)


async def identify(app: App, secrets: Secrets, *, code: str, redirect_uri: str) -> Claimed:
    """Who came back with this code.

    Raises NotSignedIn where the provider does not say so for sure, Unavailable where it does not answer.
    """
    from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 -- only such a sign-in needs it
    from httpx2 import HTTPError  # noqa: PLC0415 -- only such a sign-in needs it
    from joserfc.errors import JoseError  # noqa: PLC0415 -- only such a sign-in needs it

    label = app.provider.label
    try:
        async with _client(app, redirect_uri) as client:
            if app.provider is Provider.GITHUB:
                return await _github_person(client, secrets, code)
            return await _google_person(client, app, secrets, code)
    except HTTPError as error:
        raise Unavailable(f"{label} does not answer at the moment. Please try again.") from error
    except (OAuthError, JoseError, ValueError, KeyError, TypeError) as error:
        # What went wrong may hold a code or a token: only its kind is told, and nothing of it logged.
        raise NotSignedIn(f"{label} did not confirm who you are ({type(error).__name__}). Please begin anew.") from None


async def _google_person(client: AsyncOAuth2Client, app: App, secrets: Secrets, code: str) -> Claimed:
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 -- only such a sign-in needs it
    from joserfc import jwt  # noqa: PLC0415 -- only such a sign-in needs it
    from joserfc.jwk import KeySet  # noqa: PLC0415 -- only such a sign-in needs it

    found = await _discovered(client)
    answer = await client.fetch_token(str(found["token_endpoint"]), code=code, code_verifier=secrets.verifier)
    keys = KeySet.import_key_set(await _json(client, str(found["jwks_uri"])))
    token = jwt.decode(str(answer["id_token"]), keys, algorithms=_ALGORITHMS)
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={
            "iss": {"essential": True, "values": [str(found["issuer"])]},
            "aud": {"essential": True, "value": app.client_id},
            "nonce": {"essential": True, "value": secrets.nonce},
        },
        params={"nonce": secrets.nonce, "client_id": app.client_id, "access_token": answer.get("access_token")},
    )
    claims.validate(now=int(clock.real_now().timestamp()), leeway=_LEEWAY_SECONDS)
    return Claimed(
        app.provider,
        _subject(claims["sub"]),
        _text(claims.get("email")),
        is_email_verified=claims.get("email_verified") is True,
        name=_text(claims.get("name")),
    )


async def _github_person(client: AsyncOAuth2Client, secrets: Secrets, code: str) -> Claimed:
    await client.fetch_token(f"{_github()}/login/oauth/access_token", code=code, code_verifier=secrets.verifier)
    api = "https://api.github.com" if _github() == "https://github.com" else f"{_github()}/api/v3"
    person = await _json(client, f"{api}/user", with_token=True)
    emails = await _json(client, f"{api}/user/emails", with_token=True)
    primary: dict[str, Any] = next((each for each in emails if each.get("primary") is True), {})
    return Claimed(
        Provider.GITHUB,
        _subject(int(person["id"])),
        _text(primary.get("email")),
        is_email_verified=primary.get("verified") is True,
        name=_text(person.get("name")),
    )


async def _discovered(client: AsyncOAuth2Client) -> dict[str, Any]:
    """What the issuer says of itself. It must speak of that issuer, and not of another."""
    from httpx2 import HTTPError  # noqa: PLC0415 -- only such a sign-in needs it

    issuer = settings.get().google_issuer.rstrip("/")
    try:
        found = await _json(client, f"{issuer}/.well-known/openid-configuration")
    except (HTTPError, ValueError) as error:
        raise Unavailable("Google does not answer at the moment. Please try again.") from error
    if not isinstance(found, dict) or str(found.get("issuer", "")).rstrip("/") != issuer:
        raise Unavailable("What answers for Google is somebody else. Nothing was sent there.")
    return found


async def _json(client: AsyncOAuth2Client, url: str, *, with_token: bool = False) -> Any:
    answer = await client.request("GET", url, withhold_token=not with_token, headers={"Accept": "application/json"})
    answer.raise_for_status()
    return answer.json()


def _client(app: App, redirect_uri: str) -> AsyncOAuth2Client:
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 -- only such a sign-in needs it

    scopes = {Provider.GOOGLE: "openid email profile", Provider.GITHUB: "read:user user:email"}
    return AsyncOAuth2Client(
        app.client_id,
        app.client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 -- the name of a method, no secret
        scope=scopes[app.provider],
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        timeout=_SECONDS,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "AIPromote"},
    )


def _app(provider: Provider) -> App | None:
    config = settings.get()
    if provider is Provider.GOOGLE:
        name, secret = config.google_client_id, config.google_client_secret.get_secret_value()
    else:
        name, secret = config.github_client_id, config.github_client_secret.get_secret_value()
    return App(provider, name, secret) if name and secret else None


def _github() -> str:
    return settings.get().github_url.rstrip("/")


def _subject(said: object) -> str:
    subject = str(said)
    if not 0 < len(subject) <= _LONGEST:
        msg = "no subject"
        raise ValueError(msg)
    return subject


def _text(said: object) -> str | None:
    return said.strip() or None if isinstance(said, str) else None
