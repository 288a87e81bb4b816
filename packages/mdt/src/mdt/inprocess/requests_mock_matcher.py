"""A matcher for requests-mock that answers from the session."""

from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter

from mdt.engine.messages import Passthrough
from mdt.errors import MdtError
from mdt.inprocess.active_block import current
from mdt.inprocess.dispatch import answer
from mdt.inprocess.requests_messages import read
from mdt.inprocess.requests_transport import respond
from mdt.language import _


class SessionMatcher:
    """requests-mock calls it with each request; None leaves the request to other matchers."""

    def __init__(self) -> None:
        self._adapter = HTTPAdapter()

    def __call__(self, request: Any) -> Response | None:
        prepared = request._request  # noqa: SLF001 - the one that requests made
        block = current()
        if block is None or not block.engine.knows(read(prepared).host):
            return None
        outcome = answer(read(prepared))
        if outcome is None or isinstance(outcome, Passthrough):
            call = f"{prepared.method} {prepared.url}"
            raise MdtError(_("{call}: passthrough is not possible under requests-mock.", call=call))
        options = {name: getattr(request, name) for name in ("stream", "timeout", "verify", "cert", "proxies")}
        return respond(self._adapter, prepared, outcome, **options)

    def reset(self) -> None:
        """Does nothing: mocker.reset() is for histories, and the journal belongs to the session."""
