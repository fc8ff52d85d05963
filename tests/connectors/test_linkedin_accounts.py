"""Connecting a person and pages of LinkedIn, and letting them go."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aipromote import clock
from aipromote.connectors.contract import App, Certainty, Part
from aipromote.connectors.errors import (
    RateLimited,
    Rejected,
    Revoked,
    Unauthorized,
    Unreachable,
)
from connectors.linkedin_accounts import CLIENT, OTHER_PAGE, PAGE, PERSON, SECRET
from connectors.linkedin_harness import LINKEDIN, arm, connect, consent, harness, http, person
from connectors.linkedin_server import LinkedInServer
from connectors.scripted import Scripted

__all__ = ["harness", "http", "person"]


async def test_one_consent_opens_the_person_and_each_page(http, harness):
    mine, *pages = await connect(http, harness.server, "pages")
    assert [grant.credentials.account_id for grant in (mine, *pages)] == [PERSON, PAGE, OTHER_PAGE]
    assert [grant.profile.handle for grant in pages] == ["page-501", "page-502"]
    assert mine.profile.display_name == "Ada Tests"
    assert {grant.credentials.access_token for grant in pages} == {mine.credentials.access_token}
    assert mine.credentials.app == App(CLIENT, SECRET)
    grades = [LINKEDIN.certainty_of(grant.credentials) for grant in (mine, *pages)]
    assert grades == [Certainty.MATCH, Certainty.HANDLE, Certainty.HANDLE]
    may_list = replace(mine.credentials, scope="w_member_social r_member_social")
    assert LINKEDIN.certainty_of(may_list) is Certainty.LISTING


async def test_pages_are_asked_for_only_where_they_are_wished_for(http, harness):
    usual = replace(consent(harness.server), server=LINKEDIN.server)
    address = LINKEDIN.authorization_url(usual)
    assert address.startswith("https://www.linkedin.com/oauth/v2/authorization?")
    assert "organization" not in address
    (grant,) = await connect(http, harness.server)
    assert grant.credentials.account_id == PERSON
    more = LINKEDIN.authorization_url(replace(usual, hint={"access": "Pages r_member_postAnalytics no-scope!"}))
    assert "rw_organization_admin%20r_member_postAnalytics" in more
    assert "no-scope" not in more
    alone = LINKEDIN.authorization_url(replace(usual, hint={"access": "pages r_basicprofile"}))
    assert "openid" not in alone
    assert "r_basicprofile" in alone


async def test_an_app_for_pages_alone_says_who_it_is_in_the_older_way(http, harness):
    scope = "r_basicprofile w_member_social"
    opened = replace(harness.credentials, access_token=harness.server.issue(scope)["access_token"], scope=scope)
    profile = await LINKEDIN.profile(http, replace(opened, account_id=PERSON))
    assert (profile.account_id, profile.handle, profile.display_name) == (PERSON, "ada-tests", "Ada Tests")


async def test_a_new_token_that_is_not_known_everywhere_yet_connects_and_is_not_revoked(http, dial):
    async with LinkedInServer() as server:
        server.flaps = True
        (grant,) = await connect(http, server)  # what came with the token says who it is
        assert (grant.profile.account_id, grant.profile.display_name) == (PERSON, "Ada Tests")
        with pytest.raises(Unreachable, match="in a minute"):
            await LINKEDIN.publish(http, grant.credentials, Part("Hello"), arm())
        dial.jump(clock.now() + timedelta(seconds=61))
        await LINKEDIN.publish(http, grant.credentials, Part("Hello"), arm())
        assert server.creates == 1


@pytest.mark.parametrize(("gives_identity", "access"), [(False, ""), (True, "pages")])
async def test_where_nothing_says_whose_the_token_is_or_which_pages_it_opens_one_connects_again(
    http, gives_identity, access
):
    async with LinkedInServer() as server:
        server.flaps, server.gives_identity = True, gives_identity
        with pytest.raises(Unreachable):
            await connect(http, server, access)


async def test_a_token_called_revoked_later_is(http, dial, person):
    dial.jump(clock.now() + timedelta(days=1))
    person.server.flaps = True
    for known in person.server.tokens.values():
        known["made"] = clock.now()  # the server answers 65601, but the token is older than a minute
    with pytest.raises(Revoked):
        await LINKEDIN.publish(http, person.credentials, Part("Hello"), arm())


async def test_without_a_refresh_token_the_person_comes_back_after_sixty_days(http, dial):
    async with LinkedInServer() as server:
        server.gives_refresh = False
        (grant,) = await connect(http, server)
        assert grant.credentials.refresh_token is None
        dial.jump(clock.now() + timedelta(days=61))
        with pytest.raises(Unauthorized):
            await LINKEDIN.publish(http, grant.credentials, Part("Hello"), arm())
        with pytest.raises(Revoked, match="sixty days"):
            await LINKEDIN.refresh(http, grant.credentials)


async def test_a_code_is_good_once_and_a_wrong_secret_disconnects_nobody(http, person):
    asked = consent(person.server)
    code, _ = person.server.agree(LINKEDIN.authorization_url(asked))
    with pytest.raises(Unreachable, match="this installation"):
        await LINKEDIN.exchange(http, replace(asked, app=App(CLIENT, "another")), code=code)
    await LINKEDIN.exchange(http, asked, code=code)
    with pytest.raises(Revoked):
        await LINKEDIN.exchange(http, asked, code=code)
    with pytest.raises(Rejected, match="client id"):
        LINKEDIN.authorization_url(replace(asked, app=None))


async def test_letting_one_page_go_leaves_the_others_in(http, harness):
    mine, page, other = await connect(http, harness.server, "pages")
    for grant in (page, mine):
        await LINKEDIN.revoke(http, grant.credentials)
    await LINKEDIN.publish(http, other.credentials, Part("Hello"), arm())


async def test_revoking_twice_is_no_error(http, person):
    await LINKEDIN.revoke(http, person.credentials)
    assert person.credentials.access_token not in person.server.tokens
    await LINKEDIN.revoke(http, person.credentials)


async def test_too_many_refreshes_are_waited_for_and_a_page_of_somebody_else_says_nothing(http, harness):
    async with Scripted() as server:
        opened = replace(harness.credentials, server=server.url)
        server.says(429, b"", headers={"Retry-After": "60"})
        with pytest.raises(RateLimited):
            await LINKEDIN.refresh(http, opened)
        for status in (403, 404):
            server.says(status, b"<html>")
            with pytest.raises(Unreachable):
                await LINKEDIN.revoke(http, replace(opened, scope="w_member_social"))
        for body in ({"name": "Ada"}, {"sub": "../x"}):
            server.says(200, body)
            with pytest.raises(Unreachable):
                await LINKEDIN.profile(http, replace(opened, account_id=PERSON))
