"""Which addresses a webhook may go to: a table, with what stands behind each."""

import pytest

from grants.policy.addresses import is_public

INSIDE = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback, its end"),
    ("0.0.0.0", "this host"),  # noqa: S104 - nothing binds to it
    ("0.1.2.3", "this network"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private, its end"),
    ("192.168.1.1", "private"),
    ("169.254.169.254", "link-local: the metadata service"),
    ("169.254.170.2", "link-local: the containers' credentials"),
    ("100.64.0.1", "CGNAT"),
    ("100.100.100.200", "CGNAT: Alibaba's metadata"),
    ("168.63.129.16", "Azure's own machinery"),
    ("192.0.0.192", "protocol assignments: Oracle's metadata"),
    ("192.0.2.1", "documentation"),
    ("198.18.0.1", "benchmarks"),
    ("192.88.99.1", "6to4 relay"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::1", "loopback"),
    ("::", "unspecified"),
    ("::7f00:1", "127.0.0.1, compatible"),
    ("::ffff:127.0.0.1", "127.0.0.1, mapped"),
    ("::ffff:8.8.8.8", "mapped, wherever it leads"),
    ("::ffff:0:7f00:1", "127.0.0.1, translated"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local, with its zone"),
    ("fec0::1", "site-local"),
    ("fc00::1", "unique local"),
    ("fd00:ec2::254", "unique local: AWS's metadata"),
    ("64:ff9b::7f00:1", "127.0.0.1 by NAT64"),
    ("64:ff9b::a9fe:a9fe", "169.254.169.254 by NAT64"),
    ("64:ff9b:1::1", "NAT64 of a network's own"),
    ("2002:7f00:1::", "127.0.0.1 by 6to4"),
    ("2002:a9fe:a9fe::1", "169.254.169.254 by 6to4"),
    ("2001::1", "Teredo"),
    ("2001:db8::1", "documentation"),
    ("100::1", "discarded"),
    ("ff02::1", "multicast"),
    ("", "nothing"),
    ("localhost", "a name"),
    ("0x7f.1", "127.0.0.1, as old resolvers read it"),
    ("2130706433", "127.0.0.1 as a number"),
    ("127.1", "127.0.0.1, short"),
    ("8.8.8.8/32", "a network"),
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize(("address", "what"), INSIDE)
def test_what_leads_inside_or_to_nowhere_is_not_public(address: str, what: str) -> None:
    assert not is_public(address), what


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)
