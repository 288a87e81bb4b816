"""mdt: mock-driven testing. One engine for mocks and virtual services, in the process and as a server.

The names below are loaded when they are first used, so that `import mdt` is fast.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "mock_scenario": "mdt.api",
    "sequence": "mdt.api",
    "send": "mdt.api",
    "wrap": "mdt.api",
    "carry": "mdt.api",
    "session_headers": "mdt.api",
    "as_requests_mock": "mdt.api",
    "record": "mdt.recording.blocks",
    "replay": "mdt.recording.blocks",
    "VirtualService": "mdt.virtual",
    "VirtualReply": "mdt.virtual",
    "VirtualError": "mdt.virtual",
    "get": "mdt.virtual",
    "post": "mdt.virtual",
    "put": "mdt.virtual",
    "patch": "mdt.virtual",
    "delete": "mdt.virtual",
    "load": "mdt.definitions",
    "Catalog": "mdt.definitions",
    "Engine": "mdt.engine.engine",
    "Session": "mdt.engine.session",
    "Request": "mdt.engine.messages",
    "Reply": "mdt.engine.messages",
    "MdtError": "mdt.errors",
    "DefinitionError": "mdt.errors",
    "UnknownScenarioError": "mdt.errors",
    "SelectionError": "mdt.errors",
    "NoSessionError": "mdt.errors",
    "UnknownCallbackError": "mdt.errors",
    "UnmatchedRequestError": "mdt.errors",
}
__all__ = sorted(_PUBLIC)  # noqa: PLE0605 - a sorted list of names is a list of names


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'mdt' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
