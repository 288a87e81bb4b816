"""A call with its answer as JSON, for the journal of a test run. Secret headers are masked."""

import json
from collections.abc import Iterator
from typing import Any

from mdt.engine.journal import Entry
from mdt.engine.masking import reply_as_json, request_as_json
from mdt.engine.messages import Reply
from mdt.engine.outcome import Unmatched

LARGEST = 100_000  # characters of a body as JSON; a larger one is left out, its fields stay
KEPT_HEADERS = (
    "content-type",
)  # of requests, with their values; others may say who calls, so their names alone are kept
CLIENTS_OWN = ("accept", "accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent")


def exchange_of(entry: Entry) -> dict[str, Any] | None:
    """The exchange; None for a call that nothing answered."""
    if isinstance(entry.outcome, Unmatched):
        return None
    request = request_as_json(entry.request)
    request["path"], request["query"] = (
        entry.request.path,
        dict(entry.request.args),
    )
    request["headerNames"] = sorted({name.lower() for name in request["headers"]} - {*CLIENTS_OWN})
    request["headers"] = {name: value for name, value in request["headers"].items() if name.lower() in KEPT_HEADERS}
    del request["url"]
    reply = reply_as_json(entry.outcome) if isinstance(entry.outcome, Reply) else None
    return {
        "service": entry.service or "",
        "route": entry.route or "",
        "scenario": entry.scenario or "",
        "file": entry.file or "",
        "line": entry.line or 1,
        "status": entry.outcome.status if isinstance(entry.outcome, Reply) else 0,
        "requestFields": sorted(fields(request.get("json"))),
        "fields": sorted(fields(reply.get("json") if reply else None)),
        "request": _small(request),
        "reply": _small(reply) if reply else None,
    }


def _small(message: dict[str, Any]) -> dict[str, Any]:
    """The message; without its body if that is large."""
    body = {key: message[key] for key in ("json", "text", "base64") if key in message}
    if not body or len(json.dumps(body, ensure_ascii=False)) <= LARGEST:
        return message
    return {**{key: value for key, value in message.items() if key not in body}, "cut": True}


def fields(value: Any, at: str = "", deep: int = 30) -> set[str]:
    """The paths of the names in a JSON value, "items/price"; the members of a list are "items" all."""
    return set(_fields(value, at, deep))


def _fields(value: Any, at: str, deep: int) -> Iterator[str]:
    if isinstance(value, dict):
        inside = [(f"{at}/{name}" if at else str(name), one) for name, one in value.items()]
    elif isinstance(value, list):
        inside = [(f"{at}/items" if at else "items", one) for one in value[:100]]
    else:
        return
    for path, one in inside:
        yield path
        if deep:
            yield from _fields(one, path, deep - 1)


def same_exchange(exchange: dict[str, Any]) -> str:
    """A key: exchanges with the same one differ in nothing that matters."""
    parts = {key: value for key, value in exchange.items() if key not in {"reply", "file", "line"}}
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
