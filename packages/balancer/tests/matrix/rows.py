"""The rows of the matrix: each behaviour of the mock providers, in each phase in which it can happen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from balancer.mock.behaviors import HTTP_ERRORS, ProviderBehavior

B = ProviderBehavior


class Phase(StrEnum):
    """How far an answer has come when it goes wrong."""

    NEVER = "no fault"
    HEADERS = "before headers"
    CONTENT = "before content"
    AFTER = "after content"
    END = "at the end"


STREAM_PHASES = {Phase.CONTENT: 0, Phase.AFTER: 2, Phase.END: 10_000}  # chunks of content that come first
STREAM_FAULTS = (B.STREAM_CUT, B.STREAM_TRUNCATED, B.STREAM_STALL, B.STREAM_ERROR_EVENT, B.STREAM_MALFORMED)
BY_TIME = (B.FLAPPING, B.QUOTA)
TIMEOUT_PHASES = {
    Phase.HEADERS: {"timeout_phase": "headers"},
    Phase.CONTENT: {"timeout_phase": "first_event"},
    Phase.AFTER: {"timeout_phase": "mid", "fault_after_chunks": 2},
    Phase.END: {"timeout_phase": "mid", "fault_after_chunks": 10_000},
}
SINGLE: Mapping[ProviderBehavior, tuple[Phase, Mapping[str, Any]]] = {
    B.SUCCESS: (Phase.NEVER, {}),
    B.STREAMING_SUCCESS: (Phase.NEVER, {}),
    B.DUPLICATE_CACHE: (Phase.NEVER, {}),
    B.SSL_ERROR: (Phase.HEADERS, {}),
    B.FLAPPING: (Phase.HEADERS, {"down_s": 3600}),
    B.QUOTA: (Phase.HEADERS, {"rpm": 1}),
    B.SLOW_FIRST_TOKEN: (Phase.CONTENT, {"ttft_ms": 60_000}),
    B.EMPTY_STREAM: (Phase.CONTENT, {}),
    B.NOT_JSON: (Phase.CONTENT, {}),
    B.TRUNCATED_BODY: (Phase.AFTER, {}),
    B.STREAM_NO_DONE: (Phase.END, {}),
}
SILENT = frozenset({B.TIMEOUT, B.STREAM_STALL, B.SLOW_FIRST_TOKEN})
CALLERS_FAULT = frozenset({B.BAD_REQUEST, B.CONTEXT_LENGTH, B.CONTENT_FILTER})


@dataclass(frozen=True, eq=False)
class Row:
    """One behaviour in one phase. `played`: the mock's behaviour and options for it; `whole`: also where nothing streams."""

    behavior: ProviderBehavior
    phase: Phase
    played: ProviderBehavior
    options: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True

    @property
    def name(self) -> str:
        return f"{self.behavior.value}-{self.phase.value.replace(' ', '-')}"


@cache
def rows() -> tuple[Row, ...]:
    """All of them, in the order of the behaviours; the same objects each time."""
    return tuple(row for behavior in ProviderBehavior for row in _rows(behavior))


def _rows(behavior: ProviderBehavior) -> Iterator[Row]:
    if behavior in SINGLE:
        phase, options = SINGLE[behavior]
        yield Row(behavior, phase, behavior, options)
    elif behavior is B.TIMEOUT:
        yield from (
            Row(behavior, phase, behavior, one, phase is not Phase.END) for phase, one in TIMEOUT_PHASES.items()
        )
    elif behavior is B.CONNECTION_ERROR:
        yield Row(behavior, Phase.HEADERS, behavior)
        yield from _in_stream(behavior, behavior, {"connection_phase": "mid_body"}, whole=Phase.AFTER)
    elif behavior in STREAM_FAULTS:
        yield from _in_stream(behavior, behavior, {}, whole=Phase.CONTENT)
    else:
        yield Row(behavior, Phase.HEADERS, behavior)
        yield from _said_in_stream(behavior)


def _said_in_stream(behavior: ProviderBehavior) -> Iterator[Row]:
    """The same error, said by an event of a stream that began with HTTP 200, or by a body under HTTP 200."""
    known = HTTP_ERRORS[behavior]
    options = {"error_http_code": known.status, "error_message": known.message}
    return _in_stream(behavior, B.STREAM_ERROR_EVENT, options, whole=Phase.CONTENT)


def _in_stream(
    behavior: ProviderBehavior, played: ProviderBehavior, options: Mapping[str, Any], *, whole: Phase
) -> Iterator[Row]:
    """A fault in each phase of a stream. An answer that does not stream has one form of it, shown in the phase `whole`."""
    for phase, chunks in STREAM_PHASES.items():
        yield Row(behavior, phase, played, {**options, "fault_after_chunks": chunks}, phase is whole)
