"""Plays delays, chunks, faults and retries for requests: urllib3 reads them from a scripted socket."""

import warnings
from collections.abc import Callable
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, adapters
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

from mdt.engine.messages import Fault, Reply
from mdt.inprocess.dispatch import answer_again
from mdt.inprocess.requests_messages import Send, read
from mdt.inprocess.script import Script, script
from mdt.inprocess.urllib3_wire import scripted


def over_the_wire(
    adapter: HTTPAdapter, request: PreparedRequest, outcome: Reply | Fault, *args: Any, **options: Any
) -> Response:
    """Sends through the code of requests and urllib3, so that errors and retries are theirs."""
    return _own_send()(_Wire(adapter, request, outcome), request, *args, **options)


@cache
def _own_send() -> Send:
    """The library's own HTTPAdapter.send, from a second copy of its module, because tools replace it in the first."""
    spec = spec_from_file_location(adapters.__name__, adapters.__file__)
    if spec is None or spec.loader is None:
        raise AssertionError("requests is a file")
    module = module_from_spec(spec)
    with warnings.catch_warnings(action="ignore"):  # the first copy has given them
        spec.loader.exec_module(module)
    send: Send = module.HTTPAdapter.send
    return send


class _Wire(HTTPAdapter):
    """An adapter whose connections play the session's answers."""

    def __init__(self, adapter: HTTPAdapter, request: PreparedRequest, outcome: Reply | Fault) -> None:
        self.max_retries = adapter.max_retries
        self._adapter = adapter
        self._request = request
        self._first: Reply | Fault | None = outcome

    def get_connection_with_tls_context(self, request: Any, verify: Any, *args: Any, **options: Any) -> Any:
        return _pool(str(request.url), self._next, checked=verify is not False)

    def build_response(self, req: Any, resp: Any) -> Response:
        return self._adapter.build_response(req, resp)

    def _next(self) -> Script:
        """The script of this attempt. A retry is a new call."""
        first, self._first = self._first, None
        return script(first or answer_again(read(self._request)), str(self._request.method))


def _pool(url: str, next_script: Callable[[], Script], *, checked: bool) -> HTTPConnectionPool:
    """A pool with the real host, for error messages."""
    parts = urlsplit(url)
    https = parts.scheme == "https"
    pool = (HTTPSConnectionPool if https else HTTPConnectionPool)(parts.hostname or "", parts.port)
    pool.ConnectionCls = scripted(lambda *_request: next_script(), secure=https, checked=checked)
    return pool
