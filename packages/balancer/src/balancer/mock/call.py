"""One call of a mock provider, and the answers that a healthy one gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mdt.engine.messages import Fault, Reply
from mdt.server.exchange import Stream

from balancer.mock import streaming
from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.journal import Entry
from balancer.mock.namespaces import Namespace
from balancer.mock.scenario import ProviderConfig
from balancer.mock.surfaces import Asked, Surface
from balancer.wire import json_text
from balancer.wire.formats import Format
from balancer.wire.identifiers import identifier

type Answer = Reply | Fault | Stream
type Headers = dict[str, str]

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a mock provider. `secure`: it came by TLS, so the client has accepted the certificate."""

    namespace: Namespace
    provider: ProviderConfig
    behavior: ProviderBehavior
    surface: Surface
    body: Mapping[str, Any]
    entry: Entry
    secure: bool = False

    @property
    def format(self) -> Format:
        return self.surface.format or Format(self.provider.provider_type)

    @property
    def streams(self) -> bool:
        if self.surface.events is None:
            return False
        forced = self.provider.force_stream and self.behavior is ProviderBehavior.STREAMING_SUCCESS
        return bool(self.body.get("stream")) or forced

    def reply(self, status: int, headers: Headers, body: bytes) -> Reply:
        request_id = "request-id" if self.format is Format.ANTHROPIC else "x-request-id"
        everything = {**headers, request_id: identifier("req_"), **self.provider.headers}
        self.entry.status = status
        return Reply(status, tuple(everything.items()), body)

    def json(self, value: Any, status: int = 200, headers: Headers | None = None) -> Reply:
        return self.reply(status, {**JSON, **(headers or {})}, json_text.encode(value))

    def answer(self, key: str | None = None) -> dict[str, Any]:
        return self.surface.answer(Asked(self.provider, self.body, key))


def success(call: Call, key: str | None = None, headers: Headers | None = None) -> Answer:
    """A whole answer, or its stream, which the behaviour may break."""
    whole = call.answer(key)
    if not call.streams or call.surface.events is None:
        return call.json(whole, headers=headers)
    surface, events = call.surface, call.surface.events(whole, call.body)
    script = streaming.Script(
        events, surface.is_content, call.format, call.provider, call.behavior, surface.error_event
    )
    head = call.reply(200, {**EVENTS, **(headers or {})}, b"")
    return Stream(head.headers, streaming.play(script, lambda: _count(call.entry)))


def _count(entry: Entry) -> None:
    entry.chunks += 1
