"""A recorded call: what was asked, what was answered, when, and how long it took.

A body is a mapping with one key: json, text, base64, form (a request's), multipart (a request's) or sse (an answer's);
an empty one has none. An answer has the form of a definition's answer, but nothing in it is a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Body = Mapping[str, Any]
type Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """`path` is below the service's base path, encoded, with its query."""

    method: str
    path: str
    headers: Pairs = ()  # lower-case names
    body: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer, or the fault that the client met in its place. `partial`: the body is not whole."""

    status: int = 200
    headers: Pairs = ()
    body: Body = field(default_factory=dict)
    fault: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """`at` is a time in UTC (RFC 3339), `took` seconds from the request to the first byte of the answer."""

    at: str
    request: RecordedRequest
    answer: RecordedAnswer
    took: float = 0.0
    line: int = 1


@dataclass(frozen=True, slots=True)
class Recording:
    """One session of a service. `damaged` counts calls at the end that were not written whole."""

    service: str
    session: str
    url: str
    calls: tuple[RecordedCall, ...] = ()
    file: str = ""
    damaged: int = 0
