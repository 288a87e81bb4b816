"""One request to a mock provider: reads it, journals it, has it answered, and notes how that ended."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from mdt.engine.messages import Fault, Reply
from mdt.server.exchange import Incoming, Stream, StreamBrokenError

from balancer.mock.answers import answer
from balancer.mock.behaviors import BROKEN_STREAMS, ProviderBehavior
from balancer.mock.call import Answer, Call
from balancer.mock.journal import ANSWERED, BODY_LIMIT, BROKEN, CLIENT_GONE, Entry
from balancer.mock.meaning import meaning_of
from balancer.mock.metrics import Metrics
from balancer.mock.namespaces import Namespace
from balancer.mock.scenario import ProviderConfig
from balancer.mock.surfaces import Surface
from balancer.wire import checks, json_text
from balancer.wire.errors import error_body
from balancer.wire.formats import Format

MAX_BODY = 32 * 1024 * 1024  # the limit of Anthropic's Messages API
REFUSED = "refused"  # in place of a behaviour: the request was no request
BREAKS = BROKEN_STREAMS | {
    ProviderBehavior.CONNECTION_ERROR,
    ProviderBehavior.NOT_JSON,
    ProviderBehavior.TIMEOUT,
    ProviderBehavior.TRUNCATED_BODY,
}


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818 - it is an answer
    """The request is refused with this status, as the vendor would."""

    status: int
    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """Where a request came in. `secure`: by TLS."""

    namespace: Namespace
    name: str
    surface: Surface
    incoming: Incoming
    path: str
    metrics: Metrics
    secure: bool = False

    async def answer(self) -> Answer:
        """Sent to a client that has left, the answer is none: the journal says so."""
        entry = self._open()
        try:
            call = self._call(entry)
        except Refusal as refusal:
            self._finish(entry, ANSWERED)
            return self._refused(entry, refusal)
        self.metrics.count("requests", behavior=call.behavior, format=call.format)
        try:
            made = await answer(call)
        except asyncio.CancelledError:
            self._finish(entry, CLIENT_GONE)
            raise
        ending = BROKEN if isinstance(made, Fault) or call.behavior in BREAKS else ANSWERED
        if isinstance(made, Stream):
            return replace(made, pieces=_watched(made.pieces, ending, lambda how: self._finish(entry, how)))
        self._finish(entry, ending)
        return made

    def _open(self) -> Entry:
        headers = self.incoming.headers
        entry = self.namespace.journal.open(
            self.namespace.now(),
            headers.items(),
            provider=self.name,
            attempt=self.namespace.state(self.name).attempts + 1,
            behavior=REFUSED,
            method=self.incoming.method,
            path=self.path,
        )
        retries = headers.get("x-stainless-retry-count", "0")
        entry.retry_count = int(retries) if retries.isascii() and retries.isdigit() else 0
        return entry

    def _call(self, entry: Entry) -> Call:
        provider = self._provider()
        body = self._body(entry)
        if (
            provider.strict
            and self.surface.method == "POST"
            and (problems := checks.problems_at(self.surface.path, body))
        ):
            raise Refusal(400, "; ".join(problems))
        state = self.namespace.state(self.name)
        state.attempts += self.surface.counted
        behavior = provider.behavior_of(max(1, state.attempts))
        entry.behavior = behavior.value
        call = Call(self.namespace, provider, behavior, self.surface, body, entry, self.secure)
        entry.stream = call.streams
        return call

    def _provider(self) -> ProviderConfig:
        """Without a context any name is a provider that answers, as its callers want it."""
        found = self.namespace.provider(self.name)
        if found is None and self.namespace.scenario is None:
            content = {"content": f"Default response from {self.name}"}
            format_ = self.surface.format or Format.ANTHROPIC
            return ProviderConfig(self.name, response_data=content, provider_type=format_.value)
        if found is None:
            known = ", ".join(one.name for one in self.namespace.providers())
            raise Refusal(404, f"The scenario has no provider {self.name!r}. It has: {known}", "provider_not_found")
        if self.surface.format not in {None, Format(found.provider_type)}:
            raise Refusal(
                400,
                f"The provider {self.name!r} is of type {found.provider_type}; {self.surface.path} is of the other vendor",
            )
        return found

    def _body(self, entry: Entry) -> dict[str, Any]:
        raw = self.incoming.body
        if self.surface.method != "POST":
            scenario = self.namespace.scenario
            return {"model": scenario.model_name} if scenario is not None and scenario.model_name else {}
        if len(raw) > MAX_BODY:
            entry.body = {"bytes": len(raw)}
            raise Refusal(413, "Request exceeds the maximum allowed number of bytes")
        entry.body = raw[:BODY_LIMIT].decode(errors="replace")
        try:
            body = json_text.loads(raw)
        except ValueError as error:
            raise Refusal(400, f"The body is no JSON: {error}") from None
        if not isinstance(body, dict):
            raise Refusal(400, "The body must be a JSON object")
        if len(raw) <= BODY_LIMIT:
            entry.body = body
        entry.digest = meaning_of(body)
        return body

    def _refused(self, entry: Entry, refusal: Refusal) -> Reply:
        entry.status = refusal.status
        self.metrics.count("refused", status=refusal.status)
        return vendor_error(self.surface.format, refusal.status, refusal.message, refusal.code)

    def _finish(self, entry: Entry, outcome: str) -> None:
        entry.outcome = outcome
        entry.ended = self.namespace.now()
        entry.seconds = round(entry.ended - entry.clock, 6)
        self.metrics.count("outcomes", outcome=outcome)


def vendor_error(
    format_: Format | None, status: int, message: str, code: str | None = None, headers: Iterable[tuple[str, str]] = ()
) -> Reply:
    body = error_body(format_ or Format.ANTHROPIC, status, message, code=code)
    return Reply(
        status,
        (("content-type", "application/json"), *((("x-mock-error", code),) if code else ()), *headers),
        json_text.encode(body),
    )


async def _watched(pieces: AsyncGenerator[bytes], ending: str, finish: Callable[[str], None]) -> AsyncGenerator[bytes]:
    """Passes the pieces on. They end by themselves, break on purpose, or are closed because the client has left."""
    outcome = CLIENT_GONE
    try:
        async with aclosing(pieces) as open_:
            async for piece in open_:
                yield piece
        outcome = ending
    except StreamBrokenError:
        outcome = BROKEN
        raise
    finally:
        finish(outcome)
