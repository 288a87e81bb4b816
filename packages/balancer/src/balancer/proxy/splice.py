"""Joins a second provider's stream to the events that a caller has already, so that both read as one answer."""

from typing import Any, Protocol

from balancer.proxy.classification import AttemptFailedError, Failure, Kind
from balancer.wire import json_text
from balancer.wire.formats import Format
from balancer.wire.sse import Event
from balancer.wire.steps import json_object, object_in

type _Object = dict[str, Any]
ODD_VALUES = (AttributeError, KeyError, TypeError, ValueError)  # what reading a value of another type ends in


class SentSoFar:
    """What a caller has received of a stream: its text, and where in it the stream broke off."""

    def __init__(self, stream_format: Format) -> None:
        self.format = stream_format
        self.text = ""
        self.only_text = True
        self.closing = False
        self.open_index: int | None = None  # of the content block that has no end yet
        self.blocks = 0
        self.chunk: _Object = {}  # id, model and time of a completion's first chunk

    @property
    def can_go_on(self) -> bool:
        """Only text can be continued: half a tool call or thought cannot."""
        return bool(self.text) and self.only_text and not self.closing

    def feed(self, event: Event) -> None:
        data = json_object(event.data)
        try:
            if data is not None:
                (self._message if self.format is Format.ANTHROPIC else self._completion)(data)
        except ODD_VALUES:
            self.only_text = False  # nobody knows where it stands

    def _message(self, data: _Object) -> None:
        kind = data.get("type")
        if kind == "content_block_start":
            self.open_index, self.blocks = data["index"], self.blocks + 1
            self.only_text = self.only_text and object_in(data, "content_block").get("type") == "text"
            self.text += object_in(data, "content_block").get("text") or ""
        elif kind == "content_block_delta":
            self.text += object_in(data, "delta").get("text") or ""
        elif kind == "content_block_stop":
            self.open_index = None
        self.closing = self.closing or kind == "message_delta"

    def _completion(self, data: _Object) -> None:
        self.chunk = self.chunk or {name: data[name] for name in ("id", "created", "model") if name in data}
        for choice in data.get("choices", ()):
            delta = object_in(choice, "delta")
            self.text += delta.get("content") or ""
            self.only_text = self.only_text and not set(delta) - {"role", "content", "refusal"}
            self.only_text = self.only_text and not choice.get("index") and not delta.get("refusal")
            self.closing = self.closing or bool(choice.get("finish_reason"))


class Overlap:
    """Takes from a second stream's text what the caller has already.

    With `identical` it must begin with all of that. Else it begins behind it, without a second space between the two.
    """

    def __init__(self, sent: str, *, identical: bool) -> None:
        self._left = sent if identical else ""
        self._strips = not identical and sent[-1:].isspace()

    @property
    def done(self) -> bool:
        return not self._left

    def new(self, text: str) -> str:
        """The part of `text` that is new. Raises AttemptFailedError where the second stream says something else."""
        known = min(len(self._left), len(text))
        if text[:known] != self._left[:known]:
            raise differs()
        self._left = self._left[known:]
        fresh = text[known:].lstrip() if self._strips else text[known:]
        self._strips = self._strips and not fresh
        return fresh


def differs() -> AttemptFailedError:
    return AttemptFailedError(Failure(Kind.TRANSIENT, "resumed_text_differs", counts=False))


class Splice(Protocol):
    def feed(self, event: Event) -> list[Event]: ...


def joined(splice: Splice, event: Event) -> list[Event]:
    """The caller's events for the second stream's next one. Raises AttemptFailedError where they do not fit."""
    try:
        return splice.feed(event)
    except ODD_VALUES:
        raise AttemptFailedError(Failure(Kind.TRANSIENT, "bad_event")) from None


def splice_for(sent: SentSoFar, *, identical: bool) -> Splice:
    """Rewrites the second stream's events, in the caller's format."""
    overlap = Overlap(sent.text, identical=identical)
    return MessageSplice(sent, overlap) if sent.format is Format.ANTHROPIC else CompletionSplice(sent, overlap)


class MessageSplice:
    """Leaves the second `message_start` out, and lets its text go on in the block that is open."""

    def __init__(self, sent: SentSoFar, overlap: Overlap) -> None:
        self._overlap = overlap
        self._open = sent.open_index
        self._next = sent.blocks
        self._places: dict[int, int] = {}  # the second stream's index to the caller's

    def feed(self, event: Event) -> list[Event]:
        data = json_object(event.data) or {}
        take = getattr(self, f"_{data.get('type')}", None)
        return [_event(one) for one in take(data)] if take else [event]

    def _message_start(self, data: _Object) -> list[_Object]:
        return []

    def _content_block_start(self, data: _Object) -> list[_Object]:
        block = object_in(data, "content_block")
        if block.get("type") == "text":
            return self._text(data, block.get("text") or "")
        if not self._overlap.done:
            raise differs()
        return [*self._close(), self._begin(data, block)]

    def _content_block_delta(self, data: _Object) -> list[_Object]:
        delta = object_in(data, "delta")
        if delta.get("type") == "text_delta":
            return self._text(data, delta.get("text") or "")
        place = self._places.get(data["index"])
        return [] if place is None else [{**data, "index": place}]

    def _content_block_stop(self, data: _Object) -> list[_Object]:
        place = self._places.get(data["index"])
        if place is None:
            return []
        self._open = None
        return [{**data, "index": place}]

    def _message_delta(self, data: _Object) -> list[_Object]:
        if not self._overlap.done:
            raise differs()
        return [*self._close(), data]

    def _text(self, data: _Object, text: str) -> list[_Object]:
        fresh, index = self._overlap.new(text), data["index"]
        if not fresh:
            return []
        begun = [] if index in self._places else self._continue(data)
        delta = {"type": "text_delta", "text": fresh}
        return [*begun, {"type": "content_block_delta", "index": self._places[index], "delta": delta}]

    def _continue(self, data: _Object) -> list[_Object]:
        """Text goes on in the open block; without one it begins a block."""
        if self._open is None:
            return [self._begin(data, {"type": "text", "text": ""})]
        self._places[data["index"]] = self._open
        return []

    def _begin(self, data: _Object, block: _Object) -> _Object:
        self._places[data["index"]] = self._open = self._next
        self._next += 1
        return {"type": "content_block_start", "index": self._open, "content_block": block}

    def _close(self) -> list[_Object]:
        if self._open is None:
            return []
        closed, self._open = self._open, None
        return [{"type": "content_block_stop", "index": closed}]


class CompletionSplice:
    """Gives the second stream's chunks the first one's id, and leaves its role out."""

    def __init__(self, sent: SentSoFar, overlap: Overlap) -> None:
        self._sent = sent
        self._overlap = overlap

    def feed(self, event: Event) -> list[Event]:
        data = json_object(event.data)
        if data is None:
            return [event]
        choices = [one for choice in data.get("choices", ()) if (one := self._choice(choice))]
        if data.get("choices") and not choices:
            return []
        return [Event("", json_text.dumps({**data, **self._sent.chunk, "choices": choices}))]

    def _choice(self, choice: _Object) -> _Object | None:
        delta = {name: value for name, value in object_in(choice, "delta").items() if name != "role"}
        if isinstance(delta.get("content"), str):
            delta["content"] = self._overlap.new(delta["content"])
        if (choice.get("finish_reason") or delta.get("tool_calls")) and not self._overlap.done:
            raise differs()
        useful = any(delta.values()) or choice.get("finish_reason")
        return {**choice, "delta": delta} if useful else None


def _event(data: _Object) -> Event:
    return Event(data["type"], json_text.dumps(data))
