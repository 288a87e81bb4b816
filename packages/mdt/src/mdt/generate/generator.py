"""Mocks of an OpenAPI document: a service file with named scenarios, its bodies, its callbacks, and a report."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from mdt.definitions.route_keys import METHODS
from mdt.engine.routes import shape
from mdt.generate.callback_text import callback_text, callbacks_of
from mdt.generate.names import Stems, file_stem, route_path, scenario_name, variable
from mdt.generate.rows import Made, with_shared_rows
from mdt.generate.scenarios import Scenario, scenarios
from mdt.generate.service_text import RouteText, answer, scalar
from mdt.generate.values import Note, Values
from mdt.generate.virtual_text import virtual_text
from mdt.language import _
from mdt.openapi import Document, Operation

ANSWERED = tuple(one for one in METHODS if one.isalpha() and one != "ANY")
_MAX_SUMMARY = 100


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What was made for one operation."""

    route: str
    scenarios: tuple[str, ...]
    declared: tuple[str, ...]  # the statuses of the document
    errors: tuple[str, ...]  # those that say that something went wrong


@dataclass(slots=True)
class Generated:
    """The service before it is joined with what is there."""

    service: str
    head: dict[str, Any]
    routes: list[RouteText] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    callbacks: str = ""
    virtual: str = (
        ""  # the module of a virtual service, a beginning; "" if nobody asked or the document has no collection
    )
    sent: tuple[str, ...] = ()  # the names of the callbacks
    endpoints: list[Endpoint] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def generated(
    document: Document, service: str, *, everything: bool = False, url: str = "", virtual: bool = False
) -> Generated:
    """The mocks of a document. `everything` makes every scenario, else a handful for each operation; `virtual` begins a virtual service."""
    values = Values(skip="writeOnly")
    found = Generated(service, _head(document, service, url))
    usable = [one for one in document.operations if _is_answered(one, values)]
    made = with_shared_rows([(one, scenarios(one, values, everything=everything)) for one in usable])
    found.virtual = virtual_text(made, service) if virtual else ""
    stems = Stems()
    for together in _by_route(made, values):
        found.routes.append(_route(together, stems, found.files))
        found.endpoints.append(_endpoint(together))
    if any("success" in route.blocks for route in found.routes):
        found.head["default"] = "success"
    _add_callbacks(found, document, values)
    found.notes = list(dict.fromkeys(values.notes))
    return found


def _add_callbacks(found: Generated, document: Document, values: Values) -> None:
    if callbacks := callbacks_of(document):
        sent = Values(skip="readOnly")
        found.callbacks, files, found.sent = callback_text(callbacks, sent, _callback_head(document))
        found.files |= files
        values.notes += sent.notes


def _head(document: Document, service: str, url: str) -> dict[str, Any]:
    base = url or next((one for one in document.servers if _is_url(one)), "")
    path = next((one for one in document.servers if one.startswith("/")), "").rstrip("/")
    shown = f"${{{variable(service)}:-{(base or f'http://{service}.internal{path}').rstrip('/')}}}"
    return {"service": service, "title": document.title[:_MAX_SUMMARY], "url": shown}


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    usable = parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
    return bool(usable) and "{" not in text and "}" not in text and " " not in text


def _callback_head(document: Document) -> str:
    name = document.file.rpartition("/")[2]
    return f"# What the service sends, generated from {name} by `mdt mock generate`. A file that was edited is not overwritten."


def _is_answered(operation: Operation, values: Values) -> bool:
    if operation.method not in ANSWERED:
        values.notes.append(Note(operation.label, _("mdt does not answer this method"), left_out=True))
    return operation.method in ANSWERED


@dataclass(slots=True)
class _Together:
    """The operations of one route: one, or several that mdt cannot tell apart, such as /token and /token#refresh."""

    key: str
    query: dict[str, str]
    operations: list[Operation] = field(default_factory=list)
    scenarios: list[Scenario] = field(default_factory=list)


def _by_route(made: Made, values: Values) -> list[_Together]:
    found: dict[tuple[str, str, str], _Together] = {}
    for operation, of_operation in made:
        path, query = route_path(operation.path)
        same = (operation.method, shape(path), scalar(query))
        first = found.setdefault(same, _Together(f"{operation.method} {path}{_label(query)}", query))
        if first.operations:
            text = _(
                "it fits the same requests as {other}, so its scenarios are there", other=first.operations[0].label
            )
            values.notes.append(Note(operation.label, text))
        first.scenarios += _named(of_operation, operation, [one.name for one in first.scenarios])
        first.operations.append(operation)
    return list(found.values())


def _named(of_operation: list[Scenario], operation: Operation, taken: list[str]) -> list[Scenario]:
    """The scenarios, with the operation's name where another operation has that one already."""
    part = operation.path.partition("#")[2] or operation.operation_id
    found = []
    for one in of_operation:
        if one.name not in taken:
            found.append(one)
        elif not one.fault:
            found.append(replace(one, name=scenario_name(one.name, part, taken)))
        taken = [*taken, found[-1].name] if found else taken
    return found


def _label(query: dict[str, str]) -> str:
    """Two routes of one path need names: [Action=Send]."""
    text = ", ".join(f"{name}={value}" for name, value in query.items())
    return f" [{text.replace('[', '(').replace(']', ')')}]" if text else ""


def _route(together: _Together, stems: Stems, files: dict[str, bytes]) -> RouteText:
    first = together.operations[0]
    stem = stems.take(file_stem(first.method, first.path, first.operation_id))
    head: dict[str, Any] = {}
    if summary := " ".join(first.summary.split())[:_MAX_SUMMARY]:
        head["description"] = summary
    if together.query:
        head["match"] = {"query": together.query}
    if default := _default(together.scenarios):
        head["default"] = default
    route = RouteText(together.key, head)
    for one in together.scenarios:
        route.blocks[one.name], more = answer(one, f"{stem}.{one.name}")
        files |= more
    return route


def _default(found: list[Scenario]) -> str:
    """What a route plays that has no success: the status that the document describes first; "" if the service's default will do."""
    declared = [one.name for one in found if one.declared]
    return declared[0] if declared and not any(one.name == "success" for one in found) else ""


def _endpoint(together: _Together) -> Endpoint:
    statuses = list(dict.fromkeys(one.status for operation in together.operations for one in operation.responses))
    errors = [one for one in statuses if one[0] in "45" or (one == "default" and len(statuses) > 1)]
    return Endpoint(together.key, tuple(one.name for one in together.scenarios), tuple(statuses), tuple(errors))
