"""Makes the JSON Schema of callbacks.yaml, for editors, from the tables that loading uses."""

from typing import Any

from mdt.callbacks.retry_plans import RETRY_PLANS
from mdt.callbacks.schemes import SCHEMES
from mdt.callbacks.tampering import TAMPERS
from mdt.definitions.callback_bodies import BODIES
from mdt.definitions.callback_parts import MOST
from mdt.definitions.callbacks import CALLBACK_KEYS, NAME, SET_KEYS

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 1, "maximum": MOST}
_NAMES = {"type": "array", "items": _TEXT, "minItems": 2}
_DURATION = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*(ms|s|m|h)$"}]
}
_VALUE = {"anyOf": [_TEXT, {"type": "object", "properties": {"file": _TEXT}, "required": ["file"]}]}
_ADDRESS = {"type": "string", "description": "POST ${APP_URL}/webhook", "pattern": r"^([A-Z]+ +)?(https?://|\$\{)\S+$"}
_RETRY = {"anyOf": [{"enum": [*RETRY_PLANS, "none"]}, {"type": "array", "items": _DURATION, "minItems": 1}]}


def _sign() -> dict[str, Any]:
    options = {key: _VALUE for scheme in SCHEMES.values() for key in scheme.options}
    signed = {
        "type": "object",
        "properties": {"scheme": {"enum": [*SCHEMES]}, **options},
        "required": ["scheme"],
        "additionalProperties": False,
    }
    return {"anyOf": [{"const": "none"}, signed]}


def _keys() -> dict[str, Any]:
    bodies: dict[str, Any] = {**dict.fromkeys(BODIES, _TEXT), "json": {}, "form": {"type": "object"}}
    return {
        **bodies,
        "headers": {"type": "object"},
        "after": _DURATION,
        "every": _DURATION,
        "repeat": _COUNT,
        "concurrent": {"anyOf": [_COUNT, _NAMES]},
        "sequence": _NAMES,
        "tamper": {"enum": [*TAMPERS]},
        "sign": {"$ref": "#/$defs/sign"},
        "retry": _RETRY,
        "callback": _ADDRESS,
        "extends": _TEXT,
        "description": _TEXT,
    }


def callbacks_schema() -> dict[str, Any]:
    """The schema of `callbacks:` in a service file, without its definitions."""
    keys = _keys()
    callback = {
        "type": "object",
        "properties": {key: keys[key] for key in CALLBACK_KEYS},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {key: keys[key] for key in SET_KEYS},
        "additionalProperties": callback,
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
    }


def definitions() -> dict[str, Any]:
    """What the schema refers to."""
    return {"sign": _sign()}


def json_schema() -> dict[str, Any]:
    """The schema of the file, in draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The callbacks of a service of mdt",
        **callbacks_schema(),
        "$defs": definitions(),
    }
