"""What LinkedIn counts: all at once for a page's post, one call for each number for a person's."""

from __future__ import annotations

from dataclasses import replace

import aiohttp

from aipromote.connectors.contract import Credentials, Metrics, Profile
from aipromote.connectors.errors import PermissionMissing, TargetGone
from aipromote.connectors.linkedin import consent, rest
from aipromote.connectors.linkedin.rest import NETWORK
from aipromote.connectors.numbers import count

ANALYTICS = "r_member_postAnalytics"
_OF_PERSONS = {
    "impressions": "IMPRESSION",
    "reach": "MEMBERS_REACHED",
    "likes": "REACTION",
    "comments": "COMMENT",
    "shares": "RESHARE",
    "saves": "POST_SAVE",
}


async def of_post(http: aiohttp.ClientSession, credentials: Credentials, urn: str) -> Metrics:
    """The counters now. Of comments, and of a person's posts without the scope for it, nothing is told."""
    kind = urn.removeprefix("urn:li:").partition(":")[0]
    if kind not in {"share", "ugcPost"}:
        return Metrics()
    if credentials.account_id.startswith(consent.ORGANIZATION):
        return await _of_page(http, credentials, urn, "shares" if kind == "share" else "ugcPosts")
    if ANALYTICS not in credentials.scope.split():
        return Metrics()
    entity = f"({'share' if kind == 'share' else 'ugc'}:{rest.encoded(urn)})"
    counted = {ours: await _of_person(http, credentials, entity, theirs) for ours, theirs in _OF_PERSONS.items()}
    return Metrics(**counted)


async def page(http: aiohttp.ClientSession, credentials: Credentials) -> Profile:
    """The page, and how many follow it where that is told."""
    urn = credentials.account_id
    number = rest.encoded(urn.removeprefix(consent.ORGANIZATION))
    answer = await rest.call(http, "GET", credentials, f"/rest/organizations/{number}")
    profile = consent.organization(rest.readable(answer, credentials), urn)
    path = f"/rest/networkSizes/{rest.encoded(urn)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    sizes = await rest.call(http, "GET", credentials, path)
    return replace(profile, followers=count(sizes.at("firstDegreeSize")) if sizes.is_success else None)


async def _of_page(http: aiohttp.ClientSession, credentials: Credentials, urn: str, kind: str) -> Metrics:
    author = rest.encoded(credentials.account_id)
    path = (
        "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
        f"&organizationalEntity={author}&{kind}=List({rest.encoded(urn)})"
    )
    answer = await rest.call(http, "GET", credentials, path, rest_method="FINDER")
    elements = rest.readable(answer, credentials).get("elements")
    if not isinstance(elements, list):
        raise answer.unusable(NETWORK)
    names = {
        "impressions": "impressionCount",
        "reach": "uniqueImpressionsCount",
        "likes": "likeCount",
        "comments": "commentCount",
        "shares": "shareCount",
        "clicks": "clickCount",
    }
    told = {ours: answer.at("elements", 0, "totalShareStatistics", theirs) for ours, theirs in names.items()}
    return Metrics(**{name: count(value) for name, value in told.items()})


async def _of_person(http: aiohttp.ClientSession, credentials: Credentials, entity: str, query: str) -> int | None:
    path = f"/rest/memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={query}&aggregation=TOTAL"
    answer = await rest.call(http, "GET", credentials, path, rest_method="FINDER")
    try:
        body = rest.readable(answer, credentials)
    except (PermissionMissing, TargetGone):
        return None
    if not isinstance(body.get("elements"), list):
        raise answer.unusable(NETWORK)
    return count(answer.at("elements", 0, "count"))
