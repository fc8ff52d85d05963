"""Which addresses are opened, and which never are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipromote.reading.addresses import Rules, checked, may_connect
from aipromote.reading.errors import RefusedAddress

_PRIVATE = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    *(
        "192.0.0.0/24",
        "198.18.0.0/15",
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ),
]
_CLOSED_V6 = ["::/64", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001:db8::/32", "100::/64", "64:ff9b::/96"]

any_v4 = st.ip_addresses(v=4)
private_v4 = st.sampled_from(_PRIVATE).flatmap(lambda block: st.ip_addresses(network=block))


@given(private_v4)
def test_no_address_of_a_private_network_is_connected_to(ip: IPv4Address) -> None:
    assert not may_connect(ip)


@given(st.sampled_from(_CLOSED_V6).flatmap(lambda block: st.ip_addresses(network=block)))
def test_no_address_of_a_closed_ipv6_network_is_connected_to(ip: IPv6Address) -> None:
    assert not may_connect(ip)


@given(any_v4)
def test_no_ipv4_address_comes_in_the_clothes_of_ipv6(ip: IPv4Address) -> None:
    number = int(ip)
    dressed = [
        int(IPv6Address("::ffff:0:0")) + number,
        number,
        int(IPv6Address("64:ff9b::")) + number,
        int(IPv6Address("64:ff9b:1::")) + number,
        int(IPv6Address("2002::")) + (number << 80),
        int(IPv6Address("2001::")) + (number ^ 0xFFFFFFFF),
        int(IPv6Address("2606:4700::")) + (0x5EFE << 32) + number,
    ]
    assert not any(may_connect(IPv6Address(one)) for one in dressed)


@given(any_v4)
def test_what_is_connected_to_is_public_by_pythons_own_word(ip: IPv4Address) -> None:
    if may_connect(ip):
        assert ip.is_global
        assert not any(ip in IPv4Network(block) for block in _PRIVATE)


@given(st.ip_addresses(v=6))
def test_what_is_connected_to_over_ipv6_is_given_out_to_the_public(ip: IPv6Address) -> None:
    if may_connect(ip):
        assert ip in IPv6Network("2000::/3")
        assert ip.sixtofour is None
        assert ip.teredo is None


def _forms(ip: IPv4Address) -> list[str]:
    parts = ip.packed
    number = int(ip)
    return [
        str(ip),
        str(number),
        hex(number),
        oct(number).replace("0o", "0"),
        ".".join(hex(part) for part in parts),
        ".".join(f"0{part:o}" for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
        f"[::ffff:{ip}]",
        f"[::{ip}]",
        f"{ip}.",
        "".join(chr(0xFF10 + int(char)) if char.isdigit() else "。" for char in str(ip)),
    ]


@given(private_v4, st.data())
def test_however_a_private_address_is_written_it_is_refused(ip: IPv4Address, data: st.DataObject) -> None:
    host = data.draw(st.sampled_from(_forms(ip)))
    with pytest.raises(RefusedAddress):
        checked(f"http://{host}/")


@pytest.mark.parametrize(
    "address",
    [
        *("", "   ", "file:///etc/passwd", "ftp://example.com/x", "gopher://example.com", "data:text/html,x", "//"),
        *("javascript:alert(1)", "http://", "http:///x", "https://user:secret@example.com/", "https://@example.com/"),
        *("http://example.com:22/", "http://example.com:6379", "http://example.com:8080/", "http://localhost/"),
        *("http://localhost.", "http://printer.local", "http://metadata.google.internal/", "http://intranet/"),
        *("http://db.home.arpa", "http://168.63.129.16/", "http://[fe80::1%25eth0]/", "http://[::1]/", "http://[::]/"),
        *(
            "http://example.com\\@127.0.0.1/",
            "http://example.com\n.evil.org/",
            "http://exa mple.com",
            "http://a..b.com",
        ),
        *("http://127.0.0.1%2f.example.com/", "http://[::ffff:169.254.169.254]/", "http://0/", "http://①②⑦.⓪.⓪.①/"),
        *("http://-a.example.com/", "https://" + "a" * 3000 + ".com"),
    ],
)
def test_an_address_that_leads_elsewhere_is_refused_in_words(address: str) -> None:
    with pytest.raises(RefusedAddress) as refused:
        checked(address)
    assert refused.value.message.endswith(".") or "example.com" in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    ("typed", "opened"),
    [
        ("example.com", "https://example.com"),
        (" https://Example.com/About?x=1#team ", "https://example.com/About?x=1"),
        ("http://bücher.example.com/", "http://xn--bcher-kva.example.com/"),
        ("example.com:443/x", "https://example.com/x"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
    ],
)
def test_a_public_address_is_opened_as_people_type_it(typed: str, opened: str) -> None:
    assert str(checked(typed)) == opened


def test_only_loopback_is_opened_for_trying_things_and_nothing_else_of_the_house() -> None:
    rules = Rules(loopback_is_open=True)
    assert str(checked("http://127.0.0.1:3000/", rules)) == "http://127.0.0.1:3000/"
    assert str(checked("http://localhost:3000/", rules)) == "http://localhost:3000/"
    for address in ("http://169.254.169.254/", "http://10.0.0.1/", "http://2130706433/", "http://[fd00::1]/"):
        with pytest.raises(RefusedAddress):
            checked(address, rules)


@given(st.text(max_size=60))
def test_no_text_at_all_makes_it_fail_otherwise(text: str) -> None:
    try:
        url = checked(text)
    except RefusedAddress:
        return
    assert url.scheme in {"http", "https"}
    assert url.port in {80, 443}
    assert not url.user
