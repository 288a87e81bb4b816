"""One provider's stream, read event by event: whole events only, and an end only when the provider said that it is one."""

from typing import NamedTuple, Protocol

from balancer.proxy.classification import AttemptFailedError, Failure, in_band, of_fault
from balancer.proxy.config import ProviderSettings, Settings
from balancer.wire.formats import Format
from balancer.wire.reading import Kind, Step, reader_for
from balancer.wire.sse import Event, SseError, SseParser, encode, event_of
from balancer.wire.translation import TranslationError

DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"
NOT_FOUND = 3  # -1 + 3, or an empty line at the very beginning, which ends no event
MAX_TAIL = 1024 * 1024
BOM = b"\xef\xbb\xbf"
_PINGS = frozenset({Kind.PING})
_TELLING = frozenset({Kind.ERROR, Kind.MALFORMED, Kind.END})


class Source(Protocol):
    """Where the bytes come from: b"" at the end, AttemptFailedError when the connection breaks or is silent for too long."""

    async def read(self, seconds: float, reason: str = ...) -> bytes: ...


class Translator(Protocol):
    """From the provider's format into the caller's."""

    def feed(self, event: Event) -> list[Event]: ...
    def end(self) -> list[Event]: ...


class Piece(NamedTuple):
    """Bytes for the caller. `content`: they hold the first content or the end; `ping`: nothing but pings and comments."""

    data: bytes
    events: int
    content: bool = False
    ping: bool = False
    ended: bool = False


class StreamRelay:
    """The events of `source` as bytes in the caller's format.

    Without a translator they are the provider's own bytes. `strip_usage` takes the usage chunk out that the balancer
    asked for and the caller did not.
    """

    def __init__(
        self,
        source: Source,
        stream_format: Format,
        provider: ProviderSettings,
        settings: Settings,
        *,
        translator: Translator | None = None,
        strip_usage: bool = False,
    ) -> None:
        self.reader = reader_for(stream_format)
        self._source = source
        self._format = stream_format
        self._provider = provider
        self._settings = settings
        self._translator = translator
        self._strips = strip_usage
        self._parser = SseParser()
        self._tail = b""
        self._failure: Failure | None = None
        self._any_event = False

    async def next(self, seconds: float, reason: str = "timeout_idle") -> Piece:
        """The next whole events. Raises AttemptFailedError where the stream breaks; what came before it was given first."""
        while True:
            if self._failure is not None:
                raise AttemptFailedError(self._failure)
            chunk = await self._source.read(seconds, reason)
            if not chunk:
                return self._last()
            if whole := self._cut(chunk):
                return self._piece(whole)

    def _cut(self, chunk: bytes) -> bytes:
        """The bytes up to the last empty line; the rest waits for more."""
        if not self._tail and chunk.endswith(b"\n\n"):
            return chunk
        data = self._tail + chunk
        cut = max(data.rfind(b"\n\n") + 2, data.rfind(b"\n\r\n") + 3, data.rfind(b"\r\r") + 2)
        cut = 0 if cut <= NOT_FOUND else cut
        self._tail = data[cut:]
        if len(self._tail) > MAX_TAIL:
            self._failure = of_fault("event_too_large", self._settings)
        return data[:cut]

    def _last(self) -> Piece:
        """What is left when the bytes are over: a last event without its empty line, or the end."""
        rest, self._tail = self._tail.rstrip(b"\r\n"), b""
        piece = self._piece(rest + b"\n\n") if rest else Piece(b"", 0)
        return piece if piece.events else self._end()

    def _piece(self, whole: bytes) -> Piece:
        try:
            events = self._events(whole)
        except SseError:
            self._failure = of_fault("event_too_large", self._settings)
            return Piece(b"", 0)
        steps = self._read(events)
        kinds = {step.kind for step in steps}
        ended = Kind.END in kinds
        content = ended or Kind.CONTENT in kinds
        return Piece(self._bytes(whole, events, steps), len(steps), content, kinds <= _PINGS, ended)

    def _events(self, whole: bytes) -> list[Event]:
        """The events of bytes that end with one. Most streams have plain line ends, and need no search for others."""
        if b"\r" in whole or whole.startswith(BOM):
            return self._parser.feed(whole)
        if whole.find(b"\n\n") == len(whole) - 2:  # most pieces are one event
            event = event_of(whole)
            return [event] if event else []
        blocks = whole.removesuffix(b"\n\n").split(b"\n\n")
        return [event for block in blocks if (event := event_of(block + b"\n\n"))]

    def _read(self, events: list[Event]) -> list[Step]:
        """The steps of the events that may pass: up to the end of the answer, or to the first that tells of a failure."""
        steps: list[Step] = []
        for event in events:
            step = self.reader.feed(event)
            if step.kind in _TELLING:
                self._failure = self._failure_of(step)
                if self._failure is not None:
                    break
            steps.append(step)
            if step.kind is Kind.END:
                break
        self._any_event = self._any_event or bool(steps)
        return steps

    def _failure_of(self, step: Step) -> Failure | None:
        if step.kind is Kind.ERROR:
            return in_band(step.error or {}, self._provider, self._settings)
        if step.kind is Kind.MALFORMED:
            return of_fault("bad_event", self._settings)
        if step.kind is Kind.END and not self.reader.complete:
            return self._early_end()
        return None

    def _early_end(self) -> Failure:
        return of_fault("stream_truncated" if self._any_event else "empty_stream", self._settings)

    def _bytes(self, whole: bytes, events: list[Event], steps: list[Step]) -> bytes:
        if self._translator is not None:
            return b"".join(map(encode, self._translated(self._translator, events[: len(steps)])))
        if len(steps) == len(events) and not (self._strips and self.reader.complete):
            return whole
        return b"".join(
            event.raw for event, step in zip(events, steps, strict=False) if not (self._strips and _is_usage(step))
        )

    def _translated(self, translator: Translator, events: list[Event]) -> list[Event]:
        out: list[Event] = []
        try:
            for event in events:
                out += translator.feed(event)
        except TranslationError:
            self._failure = of_fault("bad_event", self._settings)
        return out

    def _end(self) -> Piece:
        """The bytes are over. OpenAI's `[DONE]` may be missing; a finish reason or `message_stop` may not."""
        if self._failure is not None or not self.reader.complete:
            raise AttemptFailedError(self._failure or self._early_end())
        if self._translator is not None:
            return Piece(b"".join(map(encode, self._translator.end())), 0, content=True, ended=True)
        return Piece(DONE if self._format is Format.OPENAI else b"", 0, content=True, ended=True)


def _is_usage(step: Step) -> bool:
    return step.data is not None and step.data.get("choices") == [] and bool(step.data.get("usage"))
