"""The short form of a contract, as OpenAPI 3.1.

    {"service": "inventory", "version": "1.0.0", "apis": [
        {"endpoint": "/stock/check", "method": "POST",
         "request": {"productId": "string", "quantity": 2}, "response": {"available": "boolean", "note": "string?"}}]}

A value is a type word (`string`, `integer`, `number`, `boolean`, `object`, `array`, `any`, `null`, a format such as `date-time`;
`string?` need not be there, `string[]` is a list, `string|null` may be null) or an example, whose type counts. Every name without
`?` is required, and others may be there. A response whose keys are all statuses has a body for each; `errors` adds some. Without
`errors`, any 4xx and 5xx may be answered.
"""

import re
from collections.abc import Mapping
from typing import Any

from mdt.contracts.type_words import bare, is_optional, schema_of
from mdt.language import Words, _, words_of
from mdt.suggest import did_you_mean

KEYS = ("service", "version", "title", "description", "apis")
API_KEYS = (
    *("endpoint", "method", "request", "response", "status", "errors", "query", "headers"),
    *("name", "summary", "description", "deprecated"),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODILESS = ("GET", "HEAD", "DELETE")
_STATUS = re.compile(r"[1-5](\d\d|XX)")
_PARAMETER = re.compile(r"\{(\w+)\}")
_COLON = re.compile(r"/:(\w+)", re.ASCII)


class ShortFormError(ValueError):
    """The document is no short form. `at` is the number of the entry of `apis`, from 0; None for the document."""

    def __init__(self, message: Words, at: int | None = None) -> None:
        self.at = at
        super().__init__(message)


def is_short_form(document: Any) -> bool:
    """Whether a document means to be one: it has `apis`, and no version of OpenAPI."""
    return isinstance(document, Mapping) and "apis" in document and not {"openapi", "swagger"} & document.keys()


def to_openapi(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as OpenAPI 3.1. Raises ShortFormError for the first mistake."""
    _known(document, KEYS, None)
    service, version = (_text(document, key) for key in ("service", "version"))
    apis = document["apis"]
    if not isinstance(apis, list) or not apis:
        raise ShortFormError(_("`apis` is a list with at least one entry"))
    paths: dict[str, Any] = {}
    for at, api in enumerate(apis):
        path, method, operation = _entry(api, at)
        if method in paths.setdefault(path, {}):
            label = f"{method.upper()} {path}"
            raise ShortFormError(_("{operation} stands here twice", operation=label), at)
        paths[path][method] = operation
    info = {"title": str(document.get("title", service)), "version": version}
    if "description" in document:
        info["description"] = str(document["description"])
    return {"openapi": "3.1.0", "info": info, "paths": paths}


def _known(given: Mapping[str, Any], known: tuple[str, ...], at: int | None) -> None:
    for key in given:
        if key not in known:
            hint = did_you_mean(str(key), known)
            raise ShortFormError(_("there is no key {key!r} here. {hint}", key=key, hint=hint or ", ".join(known)), at)


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise ShortFormError(_("{key!r} is missing, or is no text", key=key))
    return value


def _entry(api: Any, at: int) -> tuple[str, str, dict[str, Any]]:
    try:
        return _operation(api, at)
    except ShortFormError as error:
        raise ShortFormError(words_of(error), at) from None


def _operation(api: Any, at: int) -> tuple[str, str, dict[str, Any]]:
    if not isinstance(api, Mapping):
        raise ShortFormError(_("an entry of `apis` is a mapping"))
    _known(api, API_KEYS, at)
    path, method = _address(api)
    operation: dict[str, Any] = {key: api[key] for key in ("summary", "description", "deprecated") if key in api}
    if isinstance(api.get("name"), str):
        operation["operationId"] = api["name"]
    query, request = api.get("query"), api.get("request")
    if method in BODILESS:
        query, request = {**(request or {}), **(query or {})}, None
    parameters = [*_path(path), *_listed(query, "query"), *_listed(api.get("headers"), "header")]
    operation |= {"parameters": parameters} if parameters else {}
    if request is not None:
        operation["requestBody"] = {"required": True, "content": _content(request)}
    return path, method.lower(), {**operation, "responses": _responses(api)}


def _address(api: Mapping[str, Any]) -> tuple[str, str]:
    written = _text(api, "endpoint").strip()
    first, _space, rest = written.partition(" ")
    method, path = (first, rest.strip()) if rest else (str(api.get("method", "GET")), written)
    if method.upper() not in METHODS:
        raise ShortFormError(_("{method!r} is no method. {hint}", method=method, hint=", ".join(METHODS)))
    if not path.startswith("/"):
        raise ShortFormError(_("the endpoint {path!r} begins with /", path=path))
    return _COLON.sub(r"/{\1}", path), method.upper()


def _path(path: str) -> list[dict[str, Any]]:
    text = {"type": "string"}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in _PARAMETER.findall(path)]


def _listed(values: Any, place: str) -> list[dict[str, Any]]:
    if values is None:
        return []
    if not isinstance(values, Mapping):
        raise ShortFormError(_("`query`, `headers` and the request of a GET are mappings of names"))
    return [
        {"name": bare(name), "in": place, "required": not is_optional(name, value), "schema": schema_of(value)}
        for name, value in values.items()
    ]


def _responses(api: Mapping[str, Any]) -> dict[str, Any]:
    body = api.get("response")
    if isinstance(body, Mapping) and body and all(_STATUS.fullmatch(str(key)) for key in body):
        found = {str(status): _response(one) for status, one in body.items()}
    else:
        found = {str(api.get("status", 200)): _response(body)}
    errors = api.get("errors")
    if errors is None:
        return {**found, **{status: _response(None) for status in ("4XX", "5XX") if status not in found}}
    if not isinstance(errors, Mapping) or not all(_STATUS.fullmatch(str(key)) for key in errors):
        raise ShortFormError(_("`errors` is a mapping of statuses to bodies"))
    return {**found, **{str(status): _response(one) for status, one in errors.items()}}


def _response(body: Any) -> dict[str, Any]:
    return {"description": ""} if body is None else {"description": "", "content": _content(body)}


def _content(body: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema_of(body)}}
