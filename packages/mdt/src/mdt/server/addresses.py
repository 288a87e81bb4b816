"""Parses hosts and request targets, and makes the addresses of services."""

import ipaddress
from urllib.parse import SplitResult, quote, unquote, urlsplit

from mdt.engine.routes import host_name

SESSION_PREFIX = "/_s/"
DEFAULT_PORTS = {False: ":80", True: ":443"}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host. Of names, only localhost counts."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_of(authority: str) -> str:
    """The host without its port; "[::1]:80" gives "[::1]"."""
    return (
        authority[: authority.rindex("]") + 1]
        if authority.startswith("[") and "]" in authority
        else authority.partition(":")[0]
    )


def origin(host: str, port: int | str, *, secure: bool = False) -> str:
    """The server's URL; if it listens on all addresses, its loopback URL."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is being avoided here
    name = f"[{name}]" if ":" in name else name
    return f"http{'s' * secure}://{name}:{port}"


def session_prefix(session: str | None) -> str:
    return "" if session is None else SESSION_PREFIX + quote(session, safe="")


def split_url(url: str) -> SplitResult:
    """Like urlsplit, but an invalid URL, such as "http://[", has empty parts."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def split_target(target: str, host: str, *, secure: bool) -> tuple[str, str, str]:
    """Host, raw path and query of a request target. A host in the target wins over the header (RFC 9112, 3.2.2)."""
    if not target.startswith("/"):
        parts = split_url(target)
        if parts.netloc:
            host, secure = parts.netloc.rpartition("@")[2], parts.scheme == "https"
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        else:
            target = "/"  # "*"
    path, _, query = target.partition("?")
    name = host_of(host)
    port = host[len(name) :].removesuffix(DEFAULT_PORTS[secure])
    return host_name(name) + port, path, query


def split_session(path: str) -> tuple[str | None, str]:
    """The session in a raw path, and the rest of the path."""
    if not path.startswith(SESSION_PREFIX):
        return None, path
    session, slash, rest = path.removeprefix(SESSION_PREFIX).partition("/")
    return unquote(session), slash + rest or "/"
