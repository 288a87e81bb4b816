"""The OpenAPI 3.1 document, built from the route tables and the controllers' types."""

import re
from http import HTTPStatus
from types import NoneType
from typing import Any

from flask import Flask, Response
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from backend.core.headers import ERROR_CODE
from backend.core.web.endpoint import Endpoint
from backend.core.web.envelope import Failure, InvalidInput
from backend.core.web.route_errors import error_codes
from backend.core.web.routing import endpoints

TITLE = "Touchstone"
VERSION = "0.1.0"
DOCUMENTED = ("/api", "/health", "/payment", "/webhook")  # prefixes of the documented paths
REF = "#/components/schemas/{model}"
PATH_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
SMALLEST = {"id": 1, "int": 0}  # of the numbers in a path
Schema = dict[str, Any]

DESCRIPTIONS = {
    400: "The request could not be read.",
    401: "No valid access token or signature was sent.",
    403: "The caller is not allowed to do this.",
    404: "Not found.",
    409: "The request conflicts with the current state.",
    413: "The body is too large.",
    415: "The body is not plain JSON in UTF-8; compressed ones are not taken.",
    422: "Some values are not valid; `data.detail` lists them.",
    429: "Too many requests; `Retry-After` says when to try again.",
    500: "Server error; the log has the details under the request id.",
    503: "Something that the request needs is unavailable; `Retry-After` says when to try again.",
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}
CHALLENGE = {"WWW-Authenticate": {"description": "What to send (RFC 9110).", "schema": {"type": "string"}}}
HEADERS = {401: CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER}


def document(app: Flask, prefix: str = "") -> Schema:
    """The whole document as plain data; `prefix` is the path below which the application is reached, such as `/mini`."""
    operations = [e for e in endpoints(app) if e.route.path.startswith(DOCUMENTED)]
    references, definitions = _schemas(operations)
    bodies = {_name(references[(endpoint.body, "validation")]) for endpoint in operations if endpoint.body}
    queries = {_name(references[(endpoint.query, "validation")]) for endpoint in operations if endpoint.query}
    written_out = queries - bodies  # as parameters
    paths: dict[str, Schema] = {}
    for endpoint in operations:
        path = PATH_PARAMETER.sub(r"{\2}", endpoint.route.path)
        paths.setdefault(path, {})[endpoint.route.method.lower()] = _operation(endpoint, references, definitions)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": VERSION,
            "description": _INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix or "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(e.module for e in operations)],
        "paths": paths,
        "components": {
            "schemas": {name: definitions[name] for name in sorted(definitions) if name not in written_out},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


_INTRODUCTION = (
    'Every answer is `{"code": 1, "data": ..., "msg": "success"}`, or code 0 with the reason in `msg`. '
    "Then `X-Error-Code` names the error for programs, and `msg` is for people: in the language of `Accept-Language`, `en` or `zh`. "
    "Log in with `POST /api/v1/auth/wechat/login`, then press *Authorize* and paste the access token."
)


def _schemas(operations: list[Endpoint]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """References by (type, mode), and the definitions that they point to."""
    wanted: dict[tuple[Any, JsonSchemaMode], None] = {
        (Failure, "serialization"): None,
        (InvalidInput, "serialization"): None,
    }
    for endpoint in operations:
        wanted |= {(model, "validation"): None for model in (endpoint.body, endpoint.query) if model}
        wanted |= {(endpoint.returns, "serialization"): None} if endpoint.returns not in (Response, NoneType) else {}
    adapters = [(kind, mode, TypeAdapter[Any](kind)) for kind, mode in wanted]
    references, schema = TypeAdapter.json_schemas(adapters, ref_template=REF)
    return dict(references), schema["$defs"]


def _name(reference: Schema) -> str:
    """Which definition a reference points to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _operation(endpoint: Endpoint, references: dict[Any, Schema], definitions: dict[str, Schema]) -> Schema:
    route = endpoint.route
    operation: Schema = {
        "operationId": endpoint.name.replace(".", "_"),
        "tags": [endpoint.module],
        "summary": endpoint.summary,
        "description": f"{endpoint.doc}\n\nAccess: {route.access}." + (f" Rate: {route.rate}." if route.rate else ""),
        "parameters": [*_path_parameters(route.path), *_query_parameters(endpoint, references, definitions)],
        "responses": _responses(endpoint, references),
        "security": [{"bearer": []}] if route.access.kind in ("user", "permission") else [],
    }
    if endpoint.body:
        content = {"application/json": {"schema": references[(endpoint.body, "validation")]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(path: str) -> list[Schema]:
    schemas = {kind: {"type": "integer", "minimum": least, "maximum": 10**18 - 1} for kind, least in SMALLEST.items()}
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas.get(kind or "", {"type": "string"})}
        for kind, name in PATH_PARAMETER.findall(path)
    ]


def _query_parameters(
    endpoint: Endpoint, references: dict[Any, Schema], definitions: dict[str, Schema]
) -> list[Schema]:
    if not endpoint.query:
        return []
    schema = definitions[_name(references[(endpoint.query, "validation")])]
    return [_query_parameter(n, dict(s), n in schema.get("required", [])) for n, s in schema["properties"].items()]


def _query_parameter(name: str, schema: Schema, required: bool) -> Schema:
    description = schema.pop("description", "")
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


def _responses(endpoint: Endpoint, references: dict[Any, Schema]) -> Schema:
    data = references.get((endpoint.returns, "serialization"), {"type": "object"})
    responses = {str(endpoint.route.status): {"description": "Success.", "content": _json(_success(data))}}
    for status, codes in sorted(error_codes(endpoint).items()):
        model = InvalidInput if status == 422 else Failure
        responses[str(status)] = {
            "description": DESCRIPTIONS.get(status, f"{HTTPStatus(status).phrase}."),
            "content": _json(references[(model, "serialization")]),
            "headers": {**HEADERS.get(status, {}), ERROR_CODE: _one_of(codes)},
        }
    return responses


def _one_of(codes: list[str]) -> Schema:
    return {
        "description": "What went wrong, in a word that stays the same; compare this and not `msg`.",
        "required": True,
        "schema": {"type": "string", "enum": codes},
    }


def _success(data: Schema) -> Schema:
    properties = {"code": {"const": 1}, "data": data, "msg": {"const": "success"}}
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
