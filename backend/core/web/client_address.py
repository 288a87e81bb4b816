"""The address that a request comes from, as far as it is one: behind a proxy it is text that the proxy passed on."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from flask import request

NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; one /64 would be everybody who has IPv4


def client_address() -> str:
    """The client's IP address as text, an IPv4 address in IPv6 clothes as IPv4; empty where there is none or it is no address.

    A port and a zone are cut off. Never longer than 39 characters.
    """
    address = _address()
    return str(address) if address else ""


def client_network(ipv6_prefix: int) -> str:
    """Whom an address stands for: itself in IPv4; in IPv6 its network of `ipv6_prefix` bits, for one customer has all of a /64."""
    address = _address()
    if isinstance(address, IPv6Address):
        return str(ip_network((address, ipv6_prefix), strict=False))
    return str(address) if address else "unknown"


def _address() -> IPv4Address | IPv6Address | None:
    text = (request.remote_addr or "").strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:443
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return _ipv4_within(address) or address


def _ipv4_within(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, if it is mapped or comes through NAT64."""
    if isinstance(address, IPv4Address):
        return None
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
