"""What was granted is compared with what is needed, in whatever way a network writes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aipromote.channels import scopes
from channels.parlour import Parlour


class Needs(Parlour):
    def __init__(self, *needed: str) -> None:
        super().__init__("https://parlour.example")
        self.scopes = frozenset(needed)


def _told(needed: str, granted: str | None) -> str:
    return scopes.words(scopes.missing(Needs(*needed.split()), granted))


def test_everything_granted_is_nothing_to_tell() -> None:
    assert _told("tweet.read tweet.write", "tweet.write tweet.read users.read") == ""
    assert _told("w_member_social", "openid,profile,w_member_social") == ""
    assert _told("write:statuses read:statuses", "read write") == ""


def test_a_network_that_does_not_say_what_it_granted_is_believed() -> None:
    assert _told("tweet.read tweet.write", None) == ""
    assert _told("tweet.read tweet.write", " ") == ""


def test_what_is_lacking_is_told_by_what_it_is_for() -> None:
    assert _told("tweet.read tweet.write", "tweet.write") == (
        "Can publish, cannot read back: the grant lacks tweet.read."
    )
    assert _told("w_member_social r_member_social", "r_member_social") == (
        "Can read back, cannot publish: the grant lacks w_member_social."
    )
    assert _told("a.write offline.access", "a.write") == (
        "Can publish and read back, cannot renew its access: the grant lacks offline.access."
    )
    assert _told("Posts.Read Posts.Write", "other") == (
        "Cannot publish or read back: the grant lacks Posts.Read, Posts.Write."
    )
    assert _told("wl.basic", "other") == (
        "The grant lacks wl.basic, so some of what is asked of the network will be refused."
    )


@given(
    st.sets(st.text("abcdwr.:_", min_size=1, max_size=12), max_size=6),
    st.sets(st.text("abcdwr.:_", min_size=1), max_size=6),
)
def test_more_permissions_never_lack_more(needed: set[str], granted: set[str]) -> None:
    connector = Needs(*needed)
    lacking = scopes.missing(connector, " ".join(granted))
    assert scopes.missing(connector, " ".join(granted | needed)) == frozenset()
    assert not lacking & granted
    assert bool(scopes.words(lacking)) is bool(lacking)
