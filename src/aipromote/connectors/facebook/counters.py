"""Counters of a post, a film or a comment. Facebook renames insights nearly every year: some may be missing."""

from __future__ import annotations

import aiohttp

from aipromote.connectors import meta
from aipromote.connectors.contract import Credentials, Metrics
from aipromote.connectors.errors import PermissionMissing, Rejected, TargetGone
from aipromote.connectors.facebook.graph import API

_VIEWS, _PEOPLE, _CLICKS = "post_media_view", "post_total_media_view_unique", "post_clicks"


async def read(http: aiohttp.ClientSession, credentials: Credentials, name: str) -> Metrics:
    """The counters now. Insights are of posts only, and stay empty where the grant does not have them."""
    is_post = name.startswith(f"{credentials.account_id}_")
    is_comment = "_" in name and not is_post
    replies = "comment_count" if is_comment else "comments.summary(true).limit(0)"
    fields = f"reactions.summary(true).limit(0),{replies}{',shares' if is_post else ''}"
    answer = await API.get(http, credentials, name, fields=fields)
    API.readable(answer, absent=TargetGone)
    likes = meta.number(answer.at("reactions", "summary", "total_count"))
    if likes is None:
        raise answer.unusable(API.network)
    comments = answer.at("comment_count") if is_comment else answer.at("comments", "summary", "total_count")
    told: dict[str, int] = {}
    if is_post:
        try:
            told = await API.insights(http, credentials, f"{name}/insights", (_VIEWS, _PEOPLE, _CLICKS))
        except (Rejected, PermissionMissing):
            told = {}
    return Metrics(
        impressions=told.get(_VIEWS),
        reach=told.get(_PEOPLE),
        likes=likes,
        comments=meta.number(comments),
        shares=meta.number(answer.at("shares", "count")),
        clicks=told.get(_CLICKS),
    )
