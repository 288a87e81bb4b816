"""The OpenAPI 3.1 document of the admin API: GET /_mdt/openapi.json. A table has what each route takes and answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}
TRUTH: dict[str, Any] = {"type": "boolean"}
OBJECT: dict[str, Any] = {"type": "object"}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def listed(name: str, of: Any) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: {"type": "array", "items": of}}}


def record(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


NAMES = {
    "description": "Names of scenarios; a sequence plays one for each call",
    "anyOf": [TEXT, {"type": "array", "items": {"anyOf": [TEXT, record("sequence", sequence=TEXTS)]}}],
}
MOMENT = {"type": "string", "format": "date-time"}
SCHEMAS: dict[str, Any] = {
    "Error": record("error", "message", error=TEXT, message=TEXT),
    "Health": record("status", status={"enum": ["ok", "error"]}, problems=TEXTS),
    "NewSession": record(
        id=TEXT, scenarios=NAMES, seed={"type": ["integer", "string"]}, tls=TRUTH, environment=TEXT, dataset=TEXT
    ),
    "Session": record(
        *("id", "scenarios", "urls", "key", "calls", "stubs", "states"),
        id=TEXT,
        scenarios=TEXTS,
        key={"type": ["string", "null"], "description": "An API key that names the session"},
        urls={"type": "object", "additionalProperties": TEXT, "description": "The base URL of each service"},
        tls_urls={"type": "object", "additionalProperties": TEXT},
        seed={"type": ["integer", "string", "null"]},
        now=MOMENT,
        calls=NUMBER,
        dropped=NUMBER,
        stubs=NUMBER,
        states={"type": "object", "additionalProperties": TEXT},
    ),
    "NewStub": {
        **record(
            "route",
            route={"type": "string", "description": "Method and path or url", "examples": ["POST /orders/{id}"]},
            service=TEXT,
            id=TEXT,
            match={"type": "object", "description": "The parts of a match in a definition"},
            answer={"type": "object", "description": "The keys of an answer in a definition"},
            answers={
                "type": "array",
                "items": OBJECT,
                "minItems": 1,
                "description": "One for each call; the last stays",
            },
        ),
        "oneOf": [{"required": ["answer"]}, {"required": ["answers"]}],
    },
    "Stub": record("id", "service", "route", id=TEXT, service=TEXT, route=TEXT, match=OBJECT, answer=OBJECT),
    "Asked": {
        **record(service=TEXT, route=TEXT, times=NUMBER, match=OBJECT),
        "anyOf": [{"required": ["service"]}, {"required": ["route"]}],
    },
    "Verdict": record(
        *("met", "count", "message", "calls"),
        met=TRUTH,
        count=NUMBER,
        message={"type": ["string", "null"]},
        calls={"type": "array", "items": ref("Call")},
    ),
    "Call": {
        **record(
            "number", number=NUMBER, at=MOMENT, service={"type": ["string", "null"]}, request=OBJECT, reply=OBJECT
        ),
        "description": "An entry of the journal; without `request` and bodies in its short form",
    },
    "Clock": {
        **record(advance=OBJECT, freeze={"type": ["boolean", "string"]}, unfreeze=TRUTH),
        "maxProperties": 1,
        "minProperties": 1,
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and answers; `body` and `answer` are schemas, an `answer` of another type than JSON has `media`."""

    summary: str
    answer: Any = field(default_factory=dict)
    body: Any = None
    status: int = 200
    query: Mapping[str, Any] = field(default_factory=dict)
    media: str = "application/json"


OBJECTS = {"type": "array", "items": OBJECT}
PAGED = {"offset": NUMBER, "limit": NUMBER}
JOURNAL = {"since": NUMBER, "limit": NUMBER, "service": TEXT, "brief": {"enum": ["1"]}}
OPERATIONS: dict[str, Operation] = {
    "GET /": Operation("The page", TEXT, media="text/html"),
    "GET /create": Operation("The page that writes definitions", TEXT, media="text/html"),
    "POST /drafts/paste": Operation(
        "Read a curl command or JSON", record("kind", kind={"enum": ["curl", "json"]}), record("text", text=TEXT)
    ),
    "POST /drafts/preview": Operation("The file as it would be, with its problems and trials", OBJECT, OBJECT),
    "POST /drafts": Operation("Write a draft as the preview showed it", OBJECT, OBJECT, 201),
    "GET /services/{name}/credentials": Operation("Keys and certificates of a virtual service", OBJECT),
    "GET /sessions/{id}/callbacks": Operation(
        "Callbacks that wait, and the newest that were sent",
        record("pending", "sent", pending=OBJECTS, sent=OBJECTS, left_out=NUMBER),
        query={"limit": NUMBER},
    ),
    "POST /sessions/{id}/callbacks": Operation(
        "Send callbacks", OBJECT, record("send", send={}, to={"type": ["string", "object", "null"]}, data=OBJECT)
    ),
    "DELETE /sessions/{id}/callbacks": Operation("Forget the callbacks that wait", OBJECT),
    "GET /health": Operation("Whether the definitions are good", ref("Health")),
    "GET /openapi.json": Operation("This document", OBJECT),
    "GET /ca.pem": Operation("The authority of the TLS listeners", TEXT, media="application/x-pem-file"),
    "GET /events": Operation("Live events", TEXT, query={"session": TEXT}, media="text/event-stream"),
    "POST /reload": Operation("Load the definitions now", ref("Health")),
    "GET /services": Operation("Services, routes and scenarios", listed("services", OBJECT), query={"session": TEXT}),
    "GET /services/{name}/openapi.json": Operation("The document of a virtual service", OBJECT),
    "GET /environments": Operation("Environments and data sets", OBJECT),
    "GET /sessions": Operation("All sessions", listed("sessions", ref("Session"))),
    "POST /sessions": Operation("Open a session", ref("Session"), ref("NewSession"), 201),
    "GET /sessions/{id}": Operation("One session", ref("Session")),
    "DELETE /sessions/{id}": Operation("Close a session with its stubs", record("closed", closed=TEXT)),
    "PUT /sessions/{id}/scenarios": Operation(
        "Select exactly these", ref("Session"), record("scenarios", scenarios=NAMES)
    ),
    "PATCH /sessions/{id}/scenarios": Operation(
        "Add to what is selected", ref("Session"), record(scenarios=NAMES, clear=TEXTS)
    ),
    "PUT /sessions/{id}/environment": Operation("Another environment or data set", ref("Session"), OBJECT),
    "POST /sessions/{id}/reset": Operation("Back to the beginning; choice and stubs stay", ref("Session")),
    "POST /sessions/{id}/clock": Operation("Move the clock", ref("Session"), ref("Clock")),
    "GET /sessions/{id}/journal": Operation("The calls", listed("entries", ref("Call")), query=JOURNAL),
    "GET /sessions/{id}/journal/{number}": Operation("One call", ref("Call")),
    "GET /sessions/{id}/near-misses": Operation(
        "Calls that nothing answered", listed("near_misses", OBJECT), query={"since": NUMBER}
    ),
    "GET /sessions/{id}/stubs": Operation("The stubs, oldest first", listed("stubs", ref("Stub")), query=PAGED),
    "POST /sessions/{id}/stubs": Operation(
        "Add a stub, or replace the one with its id", ref("Stub"), ref("NewStub"), 201
    ),
    "DELETE /sessions/{id}/stubs": Operation("Remove all stubs", record("removed", removed=TEXTS)),
    "GET /sessions/{id}/stubs/{stub}": Operation("One stub", ref("Stub")),
    "DELETE /sessions/{id}/stubs/{stub}": Operation("Remove a stub", record("removed", removed=TEXTS)),
    "POST /sessions/{id}/called": Operation("Ask whether calls were made", ref("Verdict"), ref("Asked")),
    "PUT /sessions/{id}/states": Operation(
        "Put state machines into a state",
        record("states", states={"type": "object", "additionalProperties": TEXT}),
        {"type": "object", "additionalProperties": TEXT},
    ),
}


def document(routes: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The document of these (method, template)."""
    paths: dict[str, Any] = {}
    for method, template in routes:
        key = f"{method} {template}"
        known = OPERATIONS.get(key, Operation(key))
        paths.setdefault(f"/_mdt{template}", {})[method.lower()] = _operation(key, template, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mdt admin API",
            "version": _version(),
            "description": "Sessions, scenarios, stubs and journals of `mdt mock serve`.",
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Only if the server has a token"}
            },
        },
        "security": [{}, {"token": []}],
    }


def _version() -> str:
    try:
        return version("touchstone-mdt")
    except PackageNotFoundError:
        return "0"


def _operation(key: str, template: str, known: Operation) -> dict[str, Any]:
    names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in known.query.items()]
    plain: dict[str, Any] = {
        "operationId": "".join(one if one.isalnum() else "_" for one in key.lower()).strip("_"),
        "summary": known.summary,
        "responses": {
            str(known.status): {"description": known.summary, "content": {known.media: {"schema": known.answer}}},
            "default": {"description": "Refused", "content": {"application/json": {"schema": ref("Error")}}},
        },
    }
    if parameters:
        plain["parameters"] = parameters
    if known.body is not None:
        plain["requestBody"] = {"content": {"application/json": {"schema": known.body}}}
    return plain
