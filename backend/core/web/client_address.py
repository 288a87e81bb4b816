"""The address that a request comes from, as far as it is one: behind a proxy it is text that the proxy passed on."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import request


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
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
