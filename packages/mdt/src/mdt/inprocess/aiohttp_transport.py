"""aiohttp: a connection that a session asks for is answered here while a scenario is active, and never comes from its pool.

Everything above the connection is aiohttp's own: cookies, redirects, timeouts, errors, retries, traces.
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
_own: dict[str, Connect] = {}  # ClientSession._request as the library has it


def connecting(module: ModuleType, original: Connect) -> Connect:
    """BaseConnector.connect with sessions in front of it; sockets of the file system are nobody's service."""

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
    """ClientSession._request, past what other tools have put there before the block began."""
    if original.__module__ == module.__name__ and not hasattr(original, "mock"):
        _own.setdefault(module.__name__, original)

    @wraps(original)
    async def request(self: Any, *args: Any, **options: Any) -> Any:
        send = original if untouched() else _own.get(module.__name__, original)
        return await send(self, *args, **options)

    return request


async def _scripted(module: ModuleType, connector: Any, req: Any, traces: Any) -> Any:
    """A connection that answers as the session says; `force_close` keeps it out of the pool."""
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
    """What is known of a request before it is sent."""
    url, host, path, query = split(str(req.url))
    headers = {name.lower(): value for name, value in req.headers.items()}
    return Request(req.method.upper(), url, host, path, query, headers)
