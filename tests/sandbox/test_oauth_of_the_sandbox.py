"""Consent, codes and rotating tokens."""

from datetime import timedelta

import pytest

from aipromote import clock
from sandbox.network import REDIRECT, Network


async def test_a_code_works_once(network):
    query, verifier = await network.consent()
    trade = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    assert (await network.token(**trade))[0] == 200
    assert (await network.token(**trade))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize("wrong", [{"code_verifier": "x"}, {"redirect_uri": REDIRECT + "/"}, {"code": "x"}])
async def test_a_code_needs_its_own_verifier_and_address(network, wrong):
    query, verifier = await network.consent()
    trade = {"code": query["code"], "redirect_uri": REDIRECT, "code_verifier": verifier} | wrong
    status, body = await network.token(grant_type="authorization_code", **trade)
    assert (status, body["error"]) == (400, "invalid_grant")


async def test_a_code_lives_a_minute(network, dial):
    query, verifier = await network.consent()
    dial.jump(clock.now() + timedelta(seconds=61))
    trade = {"code": query["code"], "redirect_uri": REDIRECT, "code_verifier": verifier}
    assert (await network.token(grant_type="authorization_code", **trade))[0] == 400


async def test_an_access_token_lives_two_hours(network, dial):
    tokens = await network.connect()
    dial.jump(clock.now() + timedelta(minutes=119))
    assert (await network.get("/api/v1/accounts/me", tokens["access_token"]))[0] == 200
    dial.jump(clock.now() + timedelta(minutes=2))
    assert (await network.get("/api/v1/accounts/me", tokens["access_token"]))[0] == 401


async def test_access_tokens_can_be_made_to_live_shorter(tmp_path, dial):
    async with Network(tmp_path / "short.db", access_seconds=90.0) as network:
        tokens = await network.connect()
        assert tokens["expires_in"] == 90
        dial.jump(clock.now() + timedelta(seconds=91))
        assert (await network.get("/api/v1/accounts/me", tokens["access_token"]))[0] == 401
        status, fresh = await network.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert (status, fresh["expires_in"]) == (200, 90)


async def test_a_refresh_token_is_spent_also_when_the_answer_gets_lost(network):
    tokens = await network.connect()
    await network.fault("store_then_500", target="token")
    form = {"client_id": "aipromote", "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    async with network.http.post("/oauth/token", data=form) as response:
        assert response.status == 500
    again = await network.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (again[0], again[1]["error"]) == (400, "invalid_grant")


async def test_a_refresh_token_works_once_and_the_new_one_goes_on(network):
    tokens = await network.connect()
    status, fresh = await network.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (status, fresh["account_id"]) == (200, tokens["account_id"])
    again = await network.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (again[0], again[1]["error"]) == (400, "invalid_grant")
    assert (await network.token(grant_type="refresh_token", refresh_token=fresh["refresh_token"]))[0] == 200


async def test_revoking_one_token_ends_the_whole_consent(network):
    tokens = await network.connect()
    async with network.http.post("/oauth/revoke", data={"token": tokens["refresh_token"]}) as response:
        assert response.status == 200
    assert (await network.get("/api/v1/accounts/me", tokens["access_token"]))[0] == 401


async def test_consent_finds_the_account_again_per_platform(network):
    first = await network.connect(handle="@ada", platform="TWITTER")
    second = await network.connect(handle="ada", platform="TWITTER")
    third = await network.connect(handle="ada", platform="LINKEDIN")
    assert first["account_id"] == second["account_id"] != third["account_id"]


async def test_saying_no_goes_back_without_a_code(network):
    query, _ = await network.consent(answer="deny")
    assert query == {"error": "access_denied", "state": "s&1"}


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "javascript:alert(1)", "", "http://127.0.0.1.evil.example/"]
)
async def test_an_address_elsewhere_gets_no_redirect(network, address):
    form = {"client_id": "aipromote", "response_type": "code", "redirect_uri": address, "answer": "allow"}
    async with network.http.post("/oauth/authorize", data=form, allow_redirects=False) as response:
        assert response.status == 400


async def test_a_configured_address_is_trusted(tmp_path):
    address = "https://marketing.example/callback"
    async with Network(tmp_path / "db", redirect_uris=[address]) as network:
        query, _ = await network.consent(redirect_uri=address)
        assert query["code"]


async def test_the_consent_page_shows_the_hint_and_runs_no_script(network):
    asked = {
        "client_id": "aipromote",
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": "c",
        "code_challenge_method": "S256",
        "handle": '"><script>',
        "platform": "TWITTER",
    }
    async with network.http.get("/oauth/authorize", params=asked) as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert '<option value="TWITTER" selected>X</option>' in text
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    assert "script" not in policy


async def test_a_handle_that_is_none_is_asked_for_again(network):
    async with network.http.post(
        "/oauth/authorize",
        data={
            "client_id": "aipromote",
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "code_challenge": "c",
            "code_challenge_method": "S256",
            "handle": "not a handle",
            "answer": "allow",
        },
        allow_redirects=False,
    ) as response:
        assert response.status == 422
        assert 'role="alert"' in await response.text()
