"""Refuses connections inside a block to hosts that are mocked or not allowed, below all client libraries.

It catches clients that mdt does not patch (http.client, urllib.request, raw sockets) and raises a near miss. Python calls
an audit hook for each look-up and connection, whatever other tools do with the module socket. Addresses of this machine
are allowed, unless a service has that address: tests have databases there. An address does not tell which name it was
looked up for. So after a block has looked up an allowed name, only names are checked.
"""

import ipaddress
import socket
import sys
from typing import Any

from mdt.engine.messages import Request
from mdt.engine.outcome import Criterion, NearMiss
from mdt.engine.routes import allowed
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess.active_block import ACTIVE, ActiveBlock, current
from mdt.inprocess.dispatch import letting_through, untouched
from mdt.language import Words, _

_STREAMS = {socket.AF_INET, socket.AF_INET6}
_PORTS = {80, 443}
_looked_up: set[str] = set()  # names, since the oldest open block began
_installed: list[Any] = []


def install() -> None:
    """Adds the audit hook once per process, because Python cannot remove one. It does nothing while no block is open."""
    if not _installed:
        _installed.append(_heard)
        sys.addaudithook(_heard)


def _heard(event: str, args: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if not ACTIVE:
        _looked_up.clear()
    elif untouched():
        return
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        _look_up(*args[:2])
    elif event == "socket.connect" and args[0].family in _STREAMS and args[0].type == socket.SOCK_STREAM:
        _connect(*args)


def _look_up(host: Any, port: Any = None) -> None:
    name = host.decode("latin-1") if isinstance(host, bytes) else str(host or "")
    if _address(name) is None:
        _looked_up.add(name)
    if (block := current()) is not None:
        _check(block, name, port)
    elif (block := _player(name, port)) is not None and not letting_through():
        _refuse(block, _hosts(name, port)[0], _PLAYED)  # an event loop's thread, for one of its tasks


def _connect(connection: socket.socket, address: Any) -> None:
    block = current()
    try:
        if block is None and (player := _player(address[0], address[1])) is not None:
            _refuse(player, _hosts(*address[:2])[0], _PLAYED)
        if block is not None and not _was_allowed(block, address[1]):
            _check(block, address[0], address[1])
    except MdtError:
        connection.close()  # because callers close it only after an OSError
        raise


def _was_allowed(block: ActiveBlock, port: Any) -> bool:
    names = [host for name in list(_looked_up) for host in _hosts(name, port) if not block.engine.knows(host)]
    return any(allowed(host, block.allow_hosts) for host in names)


def _player(name: str, port: Any) -> ActiveBlock | None:
    """An open block whose definitions have a service there."""
    blocks = [block for blocks in list(ACTIVE.values()) for block in blocks]
    hosts = _hosts(name, port)
    return next((block for block in blocks if any(map(block.engine.knows, hosts))), None)


def _check(block: ActiveBlock, name: str, port: Any) -> None:
    """Raises UnmatchedRequestError unless the name is allowed."""
    hosts = _hosts(name, port)
    if any(map(block.engine.knows, hosts)):
        _refuse(block, hosts[0], _PLAYED)
    elif not _is_here(name) and not any(allowed(host, block.allow_hosts) for host in hosts):
        _refuse(block, hosts[0], _UNKNOWN)


def _hosts(name: str, port: Any) -> list[str]:
    """The host as definitions and allow_hosts write it: without the port too if it may be the scheme's default."""
    plain = name.rstrip(".").lower()
    shown = f"[{plain}]" if ":" in plain else plain
    return [f"{shown}:{port}", shown] if port in _PORTS else [f"{shown}:{port}" if port else shown]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address; None for a name."""
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return None


def _is_here(name: str) -> bool:
    if name.lower() in {"localhost", ""}:
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or address.is_unspecified)


_PLAYED = _(
    "The definitions play this host, but mdt does not answer this client: use one that it answers, or the server."
)
_UNKNOWN = _("The host is neither played nor allowed. Allow it: allow_hosts=, or allowHosts in mdt.yaml.")


def _refuse(block: ActiveBlock, host: str, why: Words) -> None:
    request = Request("CONNECT", host, host, "/")
    scenarios = ", ".join(block.session.choice.labels())
    near_miss = NearMiss(request, scenarios, None, None, None, (Criterion("host", False, host),), why)
    block.unmatched.append(near_miss)
    raise UnmatchedRequestError((near_miss,))
