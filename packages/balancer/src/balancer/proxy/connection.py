"""The server's side of a broken answer: the connection closes without the end mark of the chunked body.

ASGI has no message for this. A client that ignores error events still sees that the answer is not whole.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

EXTENSION = "balancer.abort"


class AbortedAnswerError(Exception):
    """Raised to a server that lacks the extension: every ASGI server then closes the connection."""


class AbortableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with `scope["extensions"]["balancer.abort"]()`: send what was written, then close."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope["extensions"] = {EXTENSION: partial(_abort, self.cycle)}  # type: ignore[dict-item]


def _abort(cycle: RequestResponseCycle) -> None:
    cycle.disconnected = True  # uvicorn neither logs an incomplete answer nor waits for more of it
    cycle.transport.close()


def abort_of(scope: Mapping[str, Any]) -> Callable[[], None]:
    """The extension of this request's server, or a function that raises AbortedAnswerError."""
    extensions = scope.get("extensions") or {}
    abort: Callable[[], None] = extensions.get(EXTENSION, _raise)
    return abort


def _raise() -> None:
    raise AbortedAnswerError
