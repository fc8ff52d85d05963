"""Signing in with Google and GitHub, against a server as strict as they are."""

from __future__ import annotations

import html
import re
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode

import letterbox
import pytest
import seeds
from joserfc.jwk import RSAKey
from provider_server import CLIENT, SECRET, Provider
from site_client import Browser, Seen
from test_second_factors import unlock

from aipromote import settings
from aipromote.accounts import actions as accounts
from aipromote.accounts import queries
from aipromote.db.database import Database

_ADA = "ada@kornblume.example"
BOTH = pytest.mark.parametrize("name", ["google", "github"])


@pytest.fixture
async def provider(site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Provider]:
    made = Provider()
    runner = await made.start()
    made.redirect_uris = tuple(f"{site.address}/sign-in/{name}/callback" for name in ("google", "github"))
    for name in ("GOOGLE", "GITHUB"):
        monkeypatch.setenv(f"AIPROMOTE_{name}_CLIENT_ID", CLIENT)
        monkeypatch.setenv(f"AIPROMOTE_{name}_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("AIPROMOTE_GOOGLE_ISSUER", made.address)
    monkeypatch.setenv("AIPROMOTE_GITHUB_URL", made.address)
    settings.get.cache_clear()
    yield made
    monkeypatch.undo()
    settings.get.cache_clear()
    await runner.cleanup()


@pytest.fixture
def is_open(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may make an account."""
    monkeypatch.setenv("AIPROMOTE_SIGN_UP", "open")
    settings.get.cache_clear()


async def ada(database: Database, *, verified: bool = True, founded: bool = True) -> None:
    if founded:
        await seeds.startup(database, email=_ADA)
    else:
        await seeds.person(database, email=_ADA)
    async with database.transaction() as session:
        (await queries.by_email(session, email=_ADA)).verified = verified


async def leave(browser: Browser, name: str, **form: str) -> str:
    """Press the button; the provider's address that the page leads to."""
    await browser.open("/sign-in")
    seen = await browser.send(f"/sign-in/{name}", form)
    return address_in(seen)


def address_in(seen: Seen) -> str:
    found = re.search(r'class="button primary" href="([^"]+)"', seen.text)
    assert found is not None, seen.words
    return html.unescape(found.group(1))


async def come_back(browser: Browser, name: str, query: str) -> Seen:
    return await browser.open(f"/sign-in/{name}/callback?{query}")


async def signed_in_with(browser: Browser, name: str, provider: Provider) -> Seen:
    return await come_back(browser, name, provider.consent(await leave(browser, name)))


async def test_buttons_are_there_only_where_the_operator_has_an_app(browser: Browser, database: Database) -> None:
    await seeds.person(database, email=_ADA)
    assert "Continue with" not in (await browser.open("/sign-in")).words
    assert (await browser.send("/sign-in/google")).status == 404
    assert (await browser.open("/sign-in/google/callback?code=1&state=2")).status == 404


@BOTH
async def test_a_verified_address_leads_to_the_account_that_has_it_and_its_owner_is_told(
    browser: Browser, database: Database, provider: Provider, name: str
) -> None:
    await ada(database)
    asked = await leave(browser, name, after="/calendar")
    seen = await come_back(browser, name, provider.consent(asked))
    assert seen.url.endswith("/calendar")
    (told,) = await letterbox.delivered(database)
    assert (told["To"], "You can sign in with" in told["Subject"]) == (_ADA, True)
    provider.email = "renamed@other.example"
    await browser.send("/sign-out")
    assert (await signed_in_with(browser, name, provider)).url.endswith("/this-week"), "the subject counts from now on"


@BOTH
async def test_an_address_that_the_provider_did_not_verify_leads_to_no_account(
    browser: Browser, database: Database, provider: Provider, is_open: None, name: str
) -> None:
    await ada(database, founded=False)
    provider.is_verified = False
    known = await signed_in_with(browser, name, provider)
    provider.email = "nobody@other.example"
    unknown = await signed_in_with(browser, name, provider)
    assert "has not verified your e-mail" in known.words
    assert known.words == unknown.words
    assert "/sign-in" in (await browser.open("/account")).url


@BOTH
async def test_an_account_that_is_not_confirmed_is_not_handed_over(
    browser: Browser, database: Database, provider: Provider, is_open: None, name: str
) -> None:
    await ada(database, verified=False, founded=False)
    seen = await signed_in_with(browser, name, provider)
    assert "has not been confirmed" in seen.words
    await browser.sign_in(_ADA, seeds.PASSWORD)
    await browser.open("/account")
    refused = await browser.send(f"/account/identities/{name}")
    assert "confirm your e-mail first" in refused.words


async def test_new_people_come_in_only_where_sign_up_is_open(
    browser: Browser, database: Database, provider: Provider
) -> None:
    await seeds.person(database, email="somebody@example.org")
    seen = await signed_in_with(browser, "google", provider)
    assert "Accounts are made by invitation here" in seen.words
    async with database.transaction() as session:
        assert await queries.count(session) == 1


@BOTH
@pytest.mark.usefixtures("is_open")
async def test_a_new_person_has_a_confirmed_account_without_a_password(
    browser: Browser, database: Database, provider: Provider, name: str, owner
) -> None:
    await seeds.person(database, email="somebody@example.org")
    assert (await signed_in_with(browser, name, provider)).status == 200
    async with database.transaction() as session:
        user = await queries.by_email(session, email=_ADA)
        assert (user.verified, user.password_hash) == (True, None)
    await browser.open("/account")
    refused = await browser.send(f"/account/identities/{name}/remove")
    assert "your only way in" in refused.words
    await owner.execute("UPDATE sessions SET created_at = now() - interval '11 minutes'")
    for path in (f"/account/identities/{name}/remove", "/account/security/app"):
        assert "Sign out and in again first" in (await browser.send(path)).words, "it has no password to ask for"
    assert "Sign out and in again first" in (await browser.open("/account/security/confirm")).words


@BOTH
async def test_a_state_of_another_browser_or_a_made_up_one_signs_nobody_in(
    browser: Browser, second_browser: Browser, database: Database, provider: Provider, name: str
) -> None:
    await ada(database)
    query = provider.consent(await leave(browser, name))
    assert "begun in another browser" in (await come_back(second_browser, name, query)).words
    await leave(second_browser, name)
    assert "begun in another browser" in (await come_back(second_browser, name, query)).words
    forged = urlencode({**dict(parse_qsl(query)), "state": "made-up"})
    assert "begun in another browser" in (await come_back(browser, name, forged)).words
    assert not provider.refusals, "the provider was not even asked"


@BOTH
async def test_a_return_is_good_once(browser: Browser, database: Database, provider: Provider, name: str) -> None:
    await ada(database)
    asked = await leave(browser, name)
    flow = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}["aipromote_flow"]
    query = provider.consent(asked)
    await come_back(browser, name, query)
    await browser.send("/sign-out")
    browser.http.cookie_jar.update_cookies({"aipromote_flow": flow})
    assert "was done already" in (await come_back(browser, name, query)).words
    assert "/sign-in" in (await browser.open("/account")).url


@BOTH
async def test_a_code_that_was_used_signs_nobody_in(
    browser: Browser, second_browser: Browser, database: Database, provider: Provider, name: str
) -> None:
    await ada(database)
    query = provider.consent(await leave(browser, name))
    await come_back(browser, name, query)
    stolen = dict(parse_qsl(query))["code"]
    mine = dict(parse_qsl(provider.consent(await leave(second_browser, name))))
    seen = await come_back(second_browser, name, urlencode({**mine, "code": stolen}))
    assert "did not confirm who you are" in seen.words
    assert provider.refusals == ["invalid_grant"]


@BOTH
async def test_a_code_of_another_flow_does_not_fit_the_verifier(
    browser: Browser, second_browser: Browser, database: Database, provider: Provider, name: str
) -> None:
    await ada(database)
    theirs = dict(parse_qsl(provider.consent(await leave(browser, name))))
    mine = dict(parse_qsl(provider.consent(await leave(second_browser, name))))
    seen = await come_back(second_browser, name, urlencode({**mine, "code": theirs["code"]}))
    assert "did not confirm who you are" in seen.words


@BOTH
async def test_a_refused_consent_is_said_and_changes_nothing(
    browser: Browser, database: Database, provider: Provider, name: str
) -> None:
    await ada(database)
    query = provider.consent(await leave(browser, name), refuses=True)
    assert "did not give your consent" in (await come_back(browser, name, query)).words
    assert "begun in another browser" in (await come_back(browser, name, query)).words


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "of another flow"},
        {"aud": "another app"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": ""},
        {"azp": "another app"},
    ],
    ids=lambda lies: next(iter(lies)),
)
async def test_a_token_that_is_not_for_this_flow_signs_nobody_in(
    browser: Browser, database: Database, provider: Provider, lies: dict[str, object]
) -> None:
    await ada(database)
    provider.lies = lies
    assert "did not confirm who you are" in (await signed_in_with(browser, "google", provider)).words
    provider.lies = {}
    assert (await signed_in_with(browser, "google", provider)).url.endswith("/this-week")


async def test_a_token_that_somebody_else_signed_signs_nobody_in(
    browser: Browser, database: Database, provider: Provider
) -> None:
    await ada(database)
    provider.publishes = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    assert "did not confirm who you are" in (await signed_in_with(browser, "google", provider)).words


async def test_a_provider_that_is_away_is_said_in_words(
    browser: Browser, database: Database, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seeds.person(database, email=_ADA)
    monkeypatch.setenv("AIPROMOTE_GOOGLE_ISSUER", "http://127.0.0.1:9")
    settings.get.cache_clear()
    await browser.open("/sign-in")
    assert "does not answer at the moment" in (await browser.send("/sign-in/google")).words


@BOTH
async def test_a_person_links_and_unlinks_on_the_account_page(
    browser: Browser, database: Database, provider: Provider, name: str
) -> None:
    await ada(database)
    provider.email = "private@other.example"
    await browser.sign_in(_ADA, seeds.PASSWORD)
    await browser.open("/account")
    assert "Is it you?" in (await browser.send(f"/account/identities/{name}")).words
    await unlock(browser, after="/account")
    asked = address_in(await browser.send(f"/account/identities/{name}"))
    seen = await come_back(browser, name, provider.consent(asked))
    assert "from now on" in seen.words
    assert "private@other.example" in seen.words
    await browser.send("/sign-out")
    assert (await signed_in_with(browser, name, provider)).url.endswith("/this-week")
    await browser.open("/account")
    assert "Is it you?" in (await browser.send(f"/account/identities/{name}/remove")).words
    await unlock(browser, after="/account")
    assert "no longer a way to sign in" in (await browser.send(f"/account/identities/{name}/remove")).words


async def test_who_is_linked_to_one_account_cannot_be_linked_to_another(
    browser: Browser, second_browser: Browser, database: Database, provider: Provider
) -> None:
    await ada(database)
    await signed_in_with(browser, "google", provider)
    async with database.transaction() as session:
        await accounts.create_user(session, email="eve@example.org", password=seeds.PASSWORD, verified=True)
    await second_browser.sign_in("eve@example.org", seeds.PASSWORD)
    await unlock(second_browser, after="/account")
    asked = address_in(await second_browser.send("/account/identities/google"))
    assert (
        "linked to another account here" in (await come_back(second_browser, "google", provider.consent(asked))).words
    )


async def test_the_table_of_flows_is_of_no_use(browser: Browser, database: Database, provider: Provider, owner) -> None:
    await seeds.person(database, email=_ADA)
    query = dict(parse_qsl((await leave(browser, "google")).partition("?")[2]))
    flow = {cookie.key: cookie.value for cookie in browser.http.cookie_jar}["aipromote_flow"]
    row = str(dict(await owner.fetchrow("SELECT * FROM sign_in_flows")))
    assert not [each for each in (flow, query["state"], query["nonce"]) if each in row]
