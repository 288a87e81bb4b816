"""Below every client library: inside a block, no socket connects to a host that is played or not allowed.

Clients that mdt does not stand in front of (http.client, urllib.request, raw sockets) are refused here with a near miss.
Python itself tells an audit hook of each look-up and each connection, whatever other tools do with the module socket.
This machine's own addresses are allowed unless a service lives there: the databases of tests do. An address that was
looked up cannot be told from another: once a block has looked up an allowed name, only names are checked.
"""

import ipaddress
import socket
import sys
from typing import Any

from mdt.engine.messages import Request
from mdt.engine.outcome import Criterion, NearMiss
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess.active_block import ACTIVE, ActiveBlock, current
from mdt.inprocess.dispatch import allowed, letting_through, untouched
from mdt.language import Words, _

_STREAMS = {socket.AF_INET, socket.AF_INET6}
_PORTS = {80, 443}
_looked_up: set[str] = set()  # names, since the first block that is open now began
_installed: list[Any] = []


def install() -> None:
    """Once for the process: Python has no way to take an audit hook out. It does nothing while no block is open."""
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
        _refuse(block, _hosts(name, port)[0], _PLAYED)  # a thread of an event loop, for one of its tasks


def _connect(connection: socket.socket, address: Any) -> None:
    block = current()
    try:
        if block is None and (player := _player(address[0], address[1])) is not None:
            _refuse(player, _hosts(*address[:2])[0], _PLAYED)
        if block is not None and not _was_allowed(block, address[1]):
            _check(block, address[0], address[1])
    except MdtError:
        connection.close()  # callers close it after an OSError only
        raise


def _was_allowed(block: ActiveBlock, port: Any) -> bool:
    names = [host for name in list(_looked_up) for host in _hosts(name, port) if not block.engine.knows(host)]
    return any(allowed(host, block.allow_hosts) for host in names)


def _player(name: str, port: Any) -> ActiveBlock | None:
    """An open block in whose definitions a service lives there."""
    blocks = [block for blocks in list(ACTIVE.values()) for block in blocks]
    hosts = _hosts(name, port)
    return next((block for block in blocks if any(map(block.engine.knows, hosts))), None)


def _check(block: ActiveBlock, name: str, port: Any) -> None:
    """Raises UnmatchedRequestError unless the name may be called for real."""
    hosts = _hosts(name, port)
    if any(map(block.engine.knows, hosts)):
        _refuse(block, hosts[0], _PLAYED)
    elif not _is_here(name) and not any(allowed(host, block.allow_hosts) for host in hosts):
        _refuse(block, hosts[0], _UNKNOWN)


def _hosts(name: str, port: Any) -> list[str]:
    """As definitions and allow_hosts write it: without the port where that can be the scheme's own."""
    plain = name.rstrip(".").lower()
    shown = f"[{plain}]" if ":" in plain else plain
    return [f"{shown}:{port}", shown] if port in _PORTS else [f"{shown}:{port}" if port else shown]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for a name that has to be looked up."""
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
