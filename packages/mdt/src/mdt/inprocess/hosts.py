"""Hosts: read from URLs, and looked up in the list of those that may be called for real."""

from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

from mdt.engine.paths import decoded

_PORTS = {"http": 80, "https": 443}


@lru_cache(1024)
def split(url: str) -> tuple[str, str, str, str]:
    """The URL without user and password, and its host, decoded path and raw query, as mdt.Request has them."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    host = host if port in {None, _PORTS.get(parts.scheme)} else f"{host}:{port}"
    if "@" in parts.netloc:
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return url, host, decoded(parts.path) or "/", parts.query


def allowed(host: str, allow_hosts: Collection[str]) -> bool:
    """Whether the list has this host: "name" with any port, "name:port", or "*.name" for all below it."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    names = {host, name, *_parents(name)}
    return not names.isdisjoint(allow_hosts)


def _parents(name: str) -> list[str]:
    labels = name.split(".")
    return [f"*.{'.'.join(labels[at:])}" for at in range(1, len(labels))]
