"""Makes the JSON Schema of a service file, for editors, from the tables that loading uses."""

from typing import Any

from mdt.definitions.answer_keys import ANSWER_KEYS
from mdt.definitions.bodies import SSE_KEYS
from mdt.definitions.callback_schema import callbacks_schema
from mdt.definitions.callback_schema import definitions as callback_definitions
from mdt.definitions.conditions import NOT_IN_CASES, TRANSITION_KEYS
from mdt.definitions.durations import DISTRIBUTIONS
from mdt.definitions.matcher_compiler import ALL_KEYWORDS
from mdt.definitions.matches import BASIC_KEYS, GRAPHQL_KEYS, XML_KEYS
from mdt.definitions.route_keys import METHODS
from mdt.definitions.services import NAME, SERVICE_KEYS
from mdt.engine.messages import FaultKind
from mdt.engine.request_parts import PARTS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NAME = f"^{NAME.pattern}$"
_ROUTE = rf"^({'|'.join(METHODS)}) +/[^?#\s]*( +\[[^\]\[]+\])?$"
_DURATION = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(ms|s|m|h)$"}]
}
_TEXT = {"type": "string"}


def json_schema() -> dict[str, Any]:
    """The schema, in draft 2020-12."""
    return {
        "$schema": DRAFT,
        "title": "A service of mdt",
        **_object({key: _SERVICE[key] for key in SERVICE_KEYS}),
        "$defs": {
            "route": _route(),
            "answer": _object({key: _ANSWER[key] for key in ANSWER_KEYS}),
            "case": _case(),
            "match": _object({part: _MATCH[part] for part in PARTS}),
            "matcher": {"description": f"A value, or an object of {', '.join(ALL_KEYWORDS)}"},
            "duration": _DURATION,
            **callback_definitions(),
        },
    }


def _object(properties: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False, **others}


def _case() -> dict[str, Any]:
    """A condition with its answer."""
    keys = {key: _ANSWER[key] for key in ANSWER_KEYS if key not in NOT_IN_CASES}
    return _object({"match": {"$ref": "#/$defs/match"}, "state": _TEXTS, **keys})


def _route() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "match": {"$ref": "#/$defs/match"},
            "description": _TEXT,
            "default": {"anyOf": [_TEXT, {"$ref": "#/$defs/answer"}]},
        },
        "additionalProperties": {"$ref": "#/$defs/answer"},
        "propertyNames": {"pattern": _NAME},
    }


_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_TRANSITION = _object(
    {key: _TEXTS if key == "from" else _TEXT for key in TRANSITION_KEYS},
    required=["route", "to"],
)
_SERVICE: dict[str, Any] = {
    "service": {"type": "string", "pattern": _NAME},
    "title": _TEXT,
    "description": _TEXT,
    "url": {"type": "string", "description": "http://host/base; ${NAME:-default} reads the environment"},
    "contract": {"type": "string", "description": "A file of contracts/, OpenAPI or the short form; from here"},
    "default": {"type": "string", "description": "The scenario of routes for which none is selected"},
    "virtual": {"type": "string", "description": "A module with a virtual service: mdt.partners.wechatpay"},
    "options": {"type": "object", "description": "Options of the virtual service"},
    "callbacks": callbacks_schema(),
    "states": {
        "type": "object",
        "properties": {"start": _TEXT, "transitions": {"type": "array", "items": _TRANSITION}},
        "required": ["start"],
        "additionalProperties": False,
    },
    "routes": {
        "type": "object",
        "patternProperties": {_ROUTE: {"$ref": "#/$defs/route"}},
        "additionalProperties": False,
    },
}
_MATCHER = {"$ref": "#/$defs/matcher"}
_NAMES = {"type": "object", "additionalProperties": _MATCHER}
_SECONDS = {"$ref": "#/$defs/duration"}
_EXPRESSIONS = {"anyOf": [_NAMES, _TEXT, {"type": "array", "items": _TEXT}]}
_XML = {
    "equals": _TEXT,
    "xpath": _EXPRESSIONS,
    "namespaces": {"type": "object", "additionalProperties": _TEXT},
}
_MATCH: dict[str, Any] = {
    "query": _NAMES,
    "headers": _NAMES,
    "cookies": _NAMES,
    "basicAuth": _object(dict.fromkeys(BASIC_KEYS, _MATCHER)),
    "form": _NAMES,
    "multipart": _NAMES,
    "json": _MATCHER,
    "graphql": {"anyOf": [_TEXT, _object(dict.fromkeys(GRAPHQL_KEYS, _MATCHER))]},
    "xml": {"anyOf": [_TEXT, _object({key: _XML[key] for key in XML_KEYS})]},
    "text": _MATCHER,
}
_EVENT = {
    "data": {},
    "event": {"type": ["string", "number"]},
    "id": {"type": ["string", "number"]},
    "retry": {"type": ["integer", "string"]},
    "comment": _TEXT,
    "delay": {"$ref": "#/$defs/duration"},
}
_DISTRIBUTION = {
    "fixed": _SECONDS,
    "uniform": _object({"min": _SECONDS, "max": _SECONDS}, required=["min", "max"]),
    "lognormal": _object(
        {"median": _SECONDS, "sigma": {"type": "number", "minimum": 0}, "max": _SECONDS},
        required=["median", "sigma"],
    ),
}
_ANSWER: dict[str, Any] = {
    "status": {"type": "integer", "minimum": 200, "maximum": 599},
    "headers": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [{"type": ["string", "number"]}, {"type": "array", "items": {"type": ["string", "number"]}}]
        },
    },
    "json": {},
    "text": _TEXT,
    "base64": _TEXT,
    "file": {"type": "string", "description": "A path beside this file"},
    "sse": {"type": "array", "items": _object({key: _EVENT[key] for key in SSE_KEYS})},
    "latency": {
        "anyOf": [
            {"$ref": "#/$defs/duration"},
            _object({key: _DISTRIBUTION[key] for key in DISTRIBUTIONS}, minProperties=1, maxProperties=1),
        ]
    },
    "dribble": _object(
        {"chunks": {"type": "integer", "minimum": 1}, "over": {"$ref": "#/$defs/duration"}}, required=["chunks", "over"]
    ),
    "fault": {"enum": [kind.value for kind in FaultKind]},
    "sequence": {"type": "array", "items": _TEXT, "minItems": 1},
    "when": {"type": "array", "items": {"$ref": "#/$defs/case"}, "minItems": 1},
    "extends": _TEXT,
    "passthrough": {"anyOf": [{"const": True}, {"type": "string", "pattern": "^https?://"}]},
    "offContract": {"type": "boolean", "description": "This answer breaks the service's contract on purpose"},
    "prefer": _object(
        {
            "example": {"type": "string", "description": "The name that a Prefer header may use for this answer"},
            "code": {"enum": ["2XX", "3XX", "4XX", "5XX", "default"], "description": "Statuses that it takes on"},
        }
    ),
    "description": _TEXT,
}
