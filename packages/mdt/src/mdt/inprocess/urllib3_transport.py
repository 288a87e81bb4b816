"""Answers urllib3, and with it botocore, while a scenario is active, in place of HTTPConnectionPool.urlopen."""

import copy
from collections.abc import Callable, Mapping
from functools import wraps
from types import ModuleType
from typing import Any
from urllib.parse import urljoin

from mdt.engine.messages import Fault, Passthrough, Reply, Request
from mdt.inprocess.dispatch import DEFAULT_PORTS, answer, answer_again, listener, passing, split, untouched
from mdt.inprocess.script import Script, script
from mdt.inprocess.urllib3_tap import tapped

type Open = Callable[..., Any]


def mocked(module: ModuleType, original: Open) -> Open:
    """Patches HTTPConnectionPool.urlopen."""

    @wraps(original)
    def urlopen(
        self: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **options: Any
    ) -> Any:
        if (heard_by := listener()) is not None:
            return original(tapped(self, heard_by), method, url, body, headers, *args, **options)
        if untouched():
            return original(self, method, url, body, headers, *args, **options)
        whole = body if body is None else _whole(body)
        outcome = answer(_read(self, method, url, whole, self.headers if headers is None else headers))
        if isinstance(outcome, Passthrough):
            with passing(outcome):
                return _passed_on(self, outcome, original)(method, whole, headers, *args, **options)
        with passing():
            if outcome is None:
                return original(self, method, url, whole, headers, *args, **options)
            return original(_played(module, self, outcome), method, url, whole, headers, *args, **options)

    return urlopen


def _passed_on(pool: Any, outcome: Passthrough, original: Open) -> Open:
    """Sends the request to another address through a new pool, to the pool's own address through it."""
    import urllib3

    url = outcome.url
    parts = urllib3.util.parse_url(url)
    own = (parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(str(parts.scheme)))
    other = pool
    if own != (pool.scheme, pool.host, pool.port or DEFAULT_PORTS.get(pool.scheme)):
        other = urllib3.connection_from_url(url, retries=pool.retries, timeout=pool.timeout)
    if outcome.listener is not None:
        other = tapped(other, outcome.listener)

    def send(method: str, body: Any, headers: Any, *args: Any, **options: Any) -> Any:
        kept = {name: value for name, value in dict(headers or {}).items() if name.lower() != "host"}
        return original(other, method, urllib3.util.parse_url(url).request_uri, body, kept, *args, **options)

    return send


def _played(module: ModuleType, pool: Any, outcome: Reply | Fault) -> Any:
    """A copy of the pool with scripted connections: they play this answer, then one for each retry and redirect."""
    from mdt.inprocess.urllib3_wire import scripted

    first: list[Reply | Fault] = [outcome]

    def next_script(method: str, url: str, body: Any, headers: Any) -> Script:
        return script(first.pop() if first else answer_again(_read(pool, method, url, body, headers)), method)

    checked = str(getattr(pool, "cert_reqs", None)) not in {"CERT_NONE", "0", "VerifyMode.CERT_NONE"}
    played = copy.copy(pool)
    played.pool = module.queue.LifoQueue(1)
    played.proxy = played.proxy_config = None
    played.ConnectionCls = scripted(next_script, secure=pool.scheme == "https", checked=checked)
    played.pool.put(None)
    return played


def _read(pool: Any, method: str, url: str, body: Any, headers: Mapping[Any, Any]) -> Request:
    port = "" if pool.port in {None, DEFAULT_PORTS.get(pool.scheme)} else f":{pool.port}"
    full, host, path, query = split(urljoin(f"{pool.scheme}://{pool.host}{port}", url))
    read = {_text(name).lower(): _text(value) for name, value in dict(headers or {}).items()}
    read.setdefault("host", host)
    return Request(method.upper(), full, host, path, query, read, body if isinstance(body, bytes) else b"")


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _whole(body: Any) -> bytes:
    """The whole body, which the session reads first."""
    data = body.read() if hasattr(body, "read") else body
    if isinstance(data, str):
        return data.encode()
    return bytes(data) if isinstance(data, bytes | bytearray | memoryview) else b"".join(map(_part, data))


def _part(data: Any) -> bytes:
    return data.encode() if isinstance(data, str) else bytes(data)
