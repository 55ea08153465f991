"""Which addresses are the public internet's, and not somewhere inside."""

import ipaddress
from typing import Final

# What Python's own table calls global, or knows nothing of, and still leads inside or to nowhere of ours.
NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "100.64.0.0/10",  # shared by carriers' customers (CGNAT); Alibaba's metadata is there
        "168.63.129.16/32",  # Azure's own machinery, at a public address
        "192.0.0.0/24",  # protocols; Oracle's metadata is there
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/96",  # an IPv4 address in old clothes
        "::ffff:0:0/96",  # the same, mapped
        "::ffff:0:0:0/96",  # the same, translated
        "64:ff9b::/96",  # NAT64: any IPv4 address, 127.0.0.1 too
        "64:ff9b:1::/48",  # NAT64 of a network's own
        "100::/64",  # discarded
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address
        "fc00::/7",  # unique local; AWS's IPv6 metadata is there
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, as it once was
        "ff00::/8",  # multicast
    )
)


def is_public(text: str) -> bool:
    """Whether ``text`` is one address, and of the public internet."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    inside = any(address.version == network.version and address in network for network in NOT_PUBLIC)
    return address.is_global and not inside
