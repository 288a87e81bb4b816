"""Definitions as an OpenAPI document (3.1.0): each route with what it asks for, and its answers as named examples."""

import re
from collections.abc import Mapping
from typing import Any

from mdt.engine.catalog import Catalog, Service
from mdt.formats.draft import Loss
from mdt.formats.match_schema import schema_of
from mdt.formats.service_source import WrittenRoute, has_template, written_routes
from mdt.language import _
from mdt.recording.bodies import DEFAULT_TYPES

_PARAMETER = re.compile(r"\{(\w+)(:path)?\}")
_IN = {"query": "query", "headers": "header", "cookies": "cookie"}
_TEXT_TYPES = ("integer", "number", "boolean", "string")


class OpenApiExporter:
    """The document of one service; `losses` has what OpenAPI cannot say."""

    def __init__(self, catalog: Catalog, service: Service) -> None:
        self.losses: list[Loss] = []
        self._paths: dict[str, dict[str, Any]] = {}
        for route in written_routes(catalog, service):
            self._add(route)
        self._service = service

    def document(self) -> dict[str, Any]:
        info = {
            "title": self._service.title,
            "version": "0",
            **({"description": self._service.description} if self._service.description else {}),
        }
        return {"openapi": "3.1.0", "info": info, "servers": [{"url": self._service.url}], "paths": self._paths}

    def _add(self, route: WrittenRoute) -> None:
        if route.method == "ANY":
            self.losses.append(Loss(route.label, _("a route for any method has no operation, and is left out")))
            return
        operations = self._paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})
        operation = operations.setdefault(route.method.lower(), {"responses": {}})
        if route.description:
            operation.setdefault("description", route.description)
        _extend(operation, [*_path_parameters(route.path), *self._parameters(route)])
        if body := self._body(route):
            operation.setdefault("requestBody", body)
        for name, answer in route.scenarios.items():
            self._answer(operation["responses"], name, answer, route)
        if not operation["responses"]:  # faults alone
            del operations[route.method.lower()]

    def _parameters(self, route: WrittenRoute) -> list[dict[str, Any]]:
        found = []
        for part, place in _IN.items():
            names = route.match.get(part, {})
            found += [
                {"name": name, "in": place, "required": _needed(one), "schema": _text_schema(one)}
                for name, one in names.items()
            ]
        return [one for one in found if one["name"].lower() not in ("accept", "content-type", "authorization")]

    def _body(self, route: WrittenRoute) -> dict[str, Any]:
        match = route.match
        try:
            if "json" in match:
                return {"content": {"application/json": {"schema": schema_of(match["json"])}}}
        except ValueError as error:
            self.losses.append(Loss(route.label, _("its match of json cannot be said as a schema: {why}", why=error)))
        if "form" in match:
            properties = {name: _text_schema(one) for name, one in match["form"].items()}
            return {"content": {DEFAULT_TYPES["form"]: {"schema": {"type": "object", "properties": properties}}}}
        return {}

    def _answer(self, responses: dict[str, Any], name: str, answer: Mapping[str, Any], route: WrittenRoute) -> None:
        where = f"{route.label} {name}"
        if set(answer) & {"fault", "passthrough"}:
            self.losses.append(Loss(where, _("a fault or a passthrough is no response, and is left out")))
        elif "sequence" not in answer:
            described = str(answer.get("description") or name)
            response = responses.setdefault(str(answer.get("status", 200)), {"description": described})
            self._content(response, name, answer, where)

    def _content(self, response: dict[str, Any], name: str, answer: Mapping[str, Any], where: str) -> None:
        form = next((one for one in ("json", "text", "sse", "base64", "file") if one in answer), None)
        if form is None:
            return
        headers = {key.lower(): str(value) for key, value in answer.get("headers", {}).items()}
        kind = headers.get("content-type", DEFAULT_TYPES.get(form, DEFAULT_TYPES["base64"])).partition(";")[0]
        media = response.setdefault("content", {}).setdefault(kind, {})
        if has_template(answer[form]):
            self.losses.append(Loss(where, _("its answer has templates, and is no example")))
        elif form in ("json", "text"):
            media.setdefault("examples", {})[name] = {"value": answer[form]}


def _extend(operation: dict[str, Any], parameters: list[dict[str, Any]]) -> None:
    """Adds the parameters that the operation does not have from another route of its path."""
    if parameters:
        known = operation.setdefault("parameters", [])
        named = {(one["in"], one["name"]) for one in known}
        known += [one for one in parameters if (one["in"], one["name"]) not in named]


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name, _rest in _PARAMETER.findall(path)
    ]


def _needed(match: Any) -> bool:
    return not (isinstance(match, Mapping) and set(match) & {"absent", "not"})


def _text_schema(match: Any) -> dict[str, Any]:
    if not isinstance(match, Mapping):
        return {"type": "string", "example": match}
    wanted = match.get("type")
    if "oneOf" in match:
        return {"type": "string", "enum": [str(one) for one in match["oneOf"]]}
    return {
        "type": wanted if wanted in _TEXT_TYPES else "string",
        **({"pattern": match["regex"]} if "regex" in match else {}),
    }
