"""What each platform lets one account publish."""

from itertools import pairwise

import pytest

from aipromote.connectors import limits
from aipromote.connectors.contract import Quota
from aipromote.documents.vocabulary import Platform


@pytest.mark.parametrize("platform", Platform)
def test_quotas_make_sense_together(platform):
    quotas = limits.of(platform).quotas
    assert all(quota.size >= 1 and quota.seconds >= 1 for quota in quotas)
    for shorter, longer in pairwise(quotas):
        assert shorter.seconds < longer.seconds
        assert shorter.size <= longer.size
        assert shorter.size / shorter.seconds > longer.size / longer.seconds  # otherwise it would never bite


@pytest.mark.parametrize(
    ("platform", "quota"),
    [
        (Platform.TWITTER, Quota(100, 900)),
        (Platform.INSTAGRAM, Quota(50, 86_400)),
        (Platform.THREADS, Quota(250, 86_400)),
        (Platform.TIKTOK, Quota(15, 86_400)),
        (Platform.BLUESKY, Quota(1666, 3600)),
        (Platform.MASTODON, Quota(300, 300)),
    ],
)
def test_documented_quotas_are_kept(platform, quota):
    assert quota in limits.of(platform).quotas


def test_what_is_not_known_for_sure_is_left_to_the_platform():
    for platform in (Platform.SANDBOX, Platform.DISCORD, Platform.REDDIT, Platform.FACEBOOK, Platform.WORDPRESS):
        assert limits.of(platform).quotas == ()
