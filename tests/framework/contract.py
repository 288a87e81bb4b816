"""Holds answers against the application's OpenAPI document: path, method, status and the schema of the body."""

from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from flask import Flask
from werkzeug.test import TestResponse

from backend.core.headers import ERROR_CODE
from backend.core.web import openapi

FORMAT = jsonschema_rs.Draft202012Validator


class UndocumentedError(AssertionError):
    """The application answered something that its document does not say."""


@cache
def document(app: Flask) -> dict[str, Any]:
    return openapi.document(app)


def check(app: Flask, response: TestResponse) -> None:
    """Raise `UndocumentedError` unless the answer is one that the document promises."""
    rule = path_of(app, response)
    if rule is None:
        _validate(app, "envelope", {"$ref": "#/components/schemas/Failure"}, response)
        return
    operation = document(app)["paths"].get(rule, {}).get(response.request.method.lower())
    if operation is None:
        return
    answer = operation["responses"].get(str(response.status_code))
    if answer is None:
        raise UndocumentedError(f"{response.request.method} {rule} answered {response.status_code}: {response.text}")
    _validate(app, f"{rule} {response.status_code}", answer["content"]["application/json"]["schema"], response)
    missing = [name for name in answer.get("headers", {}) if name not in response.headers]
    if missing:
        raise UndocumentedError(f"{rule} {response.status_code} lacks the headers {missing}")
    code = response.headers.get(ERROR_CODE)
    if code is not None and code not in answer["headers"][ERROR_CODE]["schema"]["enum"]:
        raise UndocumentedError(f"{rule} {response.status_code} is not documented to be {code}")


def path_of(app: Flask, response: TestResponse) -> str | None:
    """The path template that the request met; None where there is no such route or method."""
    if response.status_code == 405:
        return None
    adapter = app.url_map.bind("localhost")
    try:
        rule, _ = adapter.match(response.request.path, response.request.method, return_rule=True)
    except Exception:  # noqa: BLE001 - no route: the bare envelope is what counts
        return None
    return openapi.PATH_PARAMETER.sub(r"{\2}", rule.rule)


@cache
def _validator(app: Flask, schema: bytes) -> jsonschema_rs.Draft202012Validator:
    return FORMAT({**orjson.loads(schema), "components": document(app)["components"]}, validate_formats=True)


def _validate(app: Flask, where: str, schema: dict[str, Any], response: TestResponse) -> None:
    if response.mimetype != "application/json":
        raise UndocumentedError(f"{where}: {response.mimetype} instead of JSON: {response.text[:200]}")
    for error in _validator(app, orjson.dumps(schema)).iter_errors(response.get_json()):
        raise UndocumentedError(f"{where}: {error.message} at {error.instance_path} in {response.text[:500]}")
