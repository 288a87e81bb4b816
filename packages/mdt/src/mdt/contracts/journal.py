"""The journal of a test run, `journal.json`: which test called what, what it was answered, and whether that keeps the contract.

`mdt test integration --with-mocks` writes it; `mdt contract impact` and `verify` read it.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdt.contracts.agreement import Agreement
from mdt.contracts.conformance import Violation, answer_violations, missing, request_violations
from mdt.engine.messages import Reply, Request
from mdt.errors import MdtError
from mdt.language import _
from mdt.openapi import Operation

FORMAT = "mdt-journal/1"
FILE = "journal.json"
UNSEEN = ("accept", "content-type", "authorization")  # OpenAPI 3 ignores parameters of these names (4.8.12.1)
MAX_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer, and the tests that made it. `status` 0 is a fault."""

    service: str
    route: str
    scenario: str
    status: int
    request: Mapping[str, Any]
    reply: Mapping[str, Any] | None
    request_fields: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    tests: tuple[str, ...] = ()
    file: str = ""
    line: int = 1
    consumer: str = ""

    @property
    def name(self) -> str:
        return f"{self.service}.{self.scenario}"

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def template(self) -> str:
        """The path of its route, without the route's name."""
        return self.route.partition(" ")[2].partition(" [")[0]

    def sent(self) -> Request:
        request = self.request
        query = "&".join(f"{name}={value}" for name, values in request.get("query", {}).items() for value in values)
        headers = {str(name).lower(): str(value) for name, value in request.get("headers", {}).items()}
        return Request(
            str(request.get("method", "GET")), "", "", str(request.get("path", "/")), query, headers, body_of(request)
        )

    def answered(self) -> Reply | None:
        if self.reply is None:
            return None
        headers = tuple((str(name).lower(), str(value)) for name, value in self.reply.get("headers", {}).items())
        return Reply(self.status, headers, body_of(self.reply))


def body_of(message: Mapping[str, Any]) -> bytes:
    if "json" in message:
        return json.dumps(message["json"], ensure_ascii=False).encode()
    if "base64" in message:
        return base64.b64decode(message["base64"])
    return str(message.get("text", "")).encode()


def journal(
    found: Iterable[tuple[Mapping[str, Any], str | None]], key: Callable[[Any], str], consumer: str
) -> dict[str, Any]:
    """The document: each exchange once, with its tests and how often each made it."""
    kept: dict[str, Mapping[str, Any]] = {}
    tests: dict[str, Counter[str | None]] = {}
    for exchange, test in found:
        name = key(exchange)
        kept.setdefault(name, exchange)
        tests.setdefault(name, Counter())[test] += 1
    rows = [
        {**one, "tests": [{"id": test, "calls": calls} for test, calls in tests[name].items()]}
        for name, one in kept.items()
    ]
    generated = datetime.now(UTC).isoformat(timespec="seconds")
    return {"format": FORMAT, "consumer": consumer, "generated": generated, "exchanges": rows}


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that was read. `consumer` is whose tests ran."""

    consumer: str
    exchanges: tuple[Exchange, ...] = field(default=())


def read_journal(path: Path) -> Journal:
    """Raises MdtError for a file that is none."""
    try:
        size = path.stat().st_size
        document = json.loads(path.read_bytes()) if size <= MAX_BYTES else {"format": ""}
        if document["format"] == FORMAT:
            return Journal(str(document["consumer"]), exchanges_in(document))
    except OSError:
        hint = _("`mdt test integration --with-mocks` writes one; or name it with --journal.")
        raise MdtError(_("there is no journal {file}. {hint}", file=path, hint=hint)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise MdtError(_("{file} is no journal of this version of mdt ({format})", file=path, format=FORMAT))


def exchanges_in(document: Mapping[str, Any]) -> tuple[Exchange, ...]:
    return tuple(_exchange(one, str(document["consumer"])) for one in document["exchanges"])


def _exchange(row: Mapping[str, Any], consumer: str) -> Exchange:
    return Exchange(
        service=str(row["service"]),
        route=str(row["route"]),
        scenario=str(row["scenario"]),
        status=int(row["status"]),
        request=dict(row["request"]),
        reply=None if row["reply"] is None else dict(row["reply"]),
        request_fields=frozenset(row["requestFields"]),
        fields=frozenset(row["fields"]),
        tests=tuple(one["id"] for one in row["tests"] if one["id"]),
        file=str(row.get("file", "")),
        line=int(row.get("line", 1)),
        consumer=consumer,
    )


def exchange_violations(agreement: Agreement, exchange: Exchange) -> list[Violation]:
    """What of an exchange the contract does not allow; nothing for an operation that it does not have."""
    operation = agreement.of_route(exchange.method, exchange.template)
    return [] if operation is None else [*_violations(operation, exchange)]


def _violations(operation: Operation, exchange: Exchange) -> Iterator[Violation]:
    if not exchange.request.get("cut"):
        kept = tuple(one for one in operation.parameters if one.location == "query")
        yield from request_violations(replace(operation, parameters=kept), exchange.sent(), {})
        yield from _missing_headers(operation, exchange.request.get("headerNames"))
    reply = exchange.answered()
    if reply is not None and not (exchange.reply or {}).get("cut"):
        yield from answer_violations(operation, reply)


def _missing_headers(operation: Operation, names: Any) -> Iterator[Violation]:
    """A journal has the names of a request's headers, not their values; an older one has neither."""
    for parameter in operation.parameters if isinstance(names, list) else ():
        if parameter.location == "header" and parameter.required and parameter.name.lower() not in {*names, *UNSEEN}:
            yield missing(parameter)
