"""Answers aiohttp while a scenario is active: gives its session a scripted connection in place of a real one.

aiohttp itself does all the rest: cookies, redirects, timeouts, errors, retries, traces.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from functools import wraps
from types import ModuleType
from typing import Any

from mdt.engine.messages import Request
from mdt.inprocess.dispatch import is_let_through, passing, split, untouched

type Connect = Callable[..., Coroutine[Any, Any, Any]]
_own: dict[str, Connect] = {}  # the library's own ClientSession._request


def connecting(module: ModuleType, original: Connect) -> Connect:
    """Patches BaseConnector.connect. Unix sockets stay real."""

    @wraps(original)
    async def connect(self: Any, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109 - aiohttp's
        if untouched() or not isinstance(self, module.TCPConnector):
            return await original(self, req, traces, timeout)
        if is_let_through(_head(req)):
            with passing():
                return await original(self, req, traces, timeout)
        return await _scripted(module, self, req, traces)

    return connect


def requesting(module: ModuleType, original: Connect) -> Connect:
    """Patches ClientSession._request: inside a block it bypasses tools that replaced the method earlier."""
    if original.__module__ == module.__name__ and not hasattr(original, "mock"):
        _own.setdefault(module.__name__, original)

    @wraps(original)
    async def request(self: Any, *args: Any, **options: Any) -> Any:
        send = original if untouched() else _own.get(module.__name__, original)
        return await send(self, *args, **options)

    return request


async def _scripted(module: ModuleType, connector: Any, req: Any, traces: Any) -> Any:
    """A connection that plays the session's answer. It never comes from the pool, and `force_close` keeps it out of it."""
    from mdt.inprocess.aiohttp_wire import Wire

    for trace in traces or ():
        await trace.send_connection_create_start()
    loop = asyncio.get_running_loop()
    protocol = module.ResponseHandler(loop=loop)
    protocol.connection_made(Wire(protocol, req, loop, contextvars.copy_context()))
    protocol.force_close()
    for trace in traces or ():
        await trace.send_connection_create_end()
    return module.Connection(connector, req.connection_key, protocol, loop)


def _head(req: Any) -> Request:
    """The request without its body, which is not sent yet."""
    url, host, path, query = split(str(req.url))
    headers = {name.lower(): value for name, value in req.headers.items()}
    return Request(req.method.upper(), url, host, path, query, headers)
