"""Sessions and who is behind them: what the server answers to a sign-in, as credentials and a profile."""

from __future__ import annotations

from aipromote.connectors.bluesky import xrpc
from aipromote.connectors.contract import Credentials, Profile
from aipromote.connectors.wire import Answer


def credentials(server: str, answer: Answer) -> Credentials:
    """The pair of tokens of a session that was opened or renewed."""
    xrpc.readable(answer)
    access, refresh = answer.fact("accessJwt"), answer.fact("refreshJwt")
    if not access or not refresh:
        raise answer.unusable(xrpc.NETWORK)
    return Credentials(
        server=server,
        access_token=access,
        refresh_token=refresh,
        scope="app password",
        expires_at=xrpc.expiry(access),
        account_id=answer.fact("did"),
    )


def profile(answer: Answer, opened: Credentials) -> Profile:
    """Who the account is, from its profile or from its session, which tells no counts."""
    body = xrpc.readable(answer)
    account_id = answer.fact("did") or opened.account_id
    return Profile(
        account_id=account_id,
        handle=answer.fact("handle"),
        display_name=answer.fact("displayName") or None,
        profile_url=f"https://bsky.app/profile/{account_id}",
        followers=xrpc.count(body, "followersCount"),
        following=xrpc.count(body, "followsCount"),
        posts=xrpc.count(body, "postsCount"),
    )


def why_not(answer: Answer) -> str:
    """Why nobody could sign in, in plain words."""
    if answer.fact("error") == "AuthFactorTokenRequired":
        return "Bluesky asks for a code by e-mail: use an app password (Settings, Privacy and security) instead."
    return "Bluesky did not accept this handle and app password."
