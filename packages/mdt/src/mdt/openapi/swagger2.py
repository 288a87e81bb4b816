"""OpenAPI 2.0 (Swagger) in the shape of 3.0: parameters with a schema, bodies and answers by media type, servers."""

from collections.abc import Iterable, Mapping
from typing import Any

_NOT_SCHEMA = frozenset({"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"})
_STYLES = {
    "csv": ("form", False),
    "multi": ("form", True),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON = "application/json"


def servers(root: Mapping[str, Any]) -> list[dict[str, str]]:
    """The servers of host, basePath and schemes; https is preferred."""
    host, base = root.get("host"), root.get("basePath")
    path = base if isinstance(base, str) else ""
    if not isinstance(host, str):
        return [{"url": path}] if path else []
    schemes = [one for one in _texts(root.get("schemes")) if one in {"http", "https"}] or ["https"]
    return [{"url": f"{scheme}://{host}{path}"} for scheme in sorted(schemes, reverse=True)]


def parameter(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter of path, query or header."""
    style, explode = _STYLES.get(str(raw.get("collectionFormat", "csv")), ("form", False))
    found = {"name": raw.get("name"), "in": raw.get("in"), "required": raw.get("required"), "schema": schema_of(raw)}
    if raw.get("type") == "array" and raw.get("in") == "query":
        found |= {"style": style, "explode": explode}
    if "x-example" in raw:
        found["example"] = raw["x-example"]
    return found


def schema_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter or a header, whose keywords stand beside its name."""
    return {key: value for key, value in raw.items() if key not in _NOT_SCHEMA}


def body(parameters: Iterable[Mapping[str, Any]], consumes: list[str]) -> dict[str, Any] | None:
    """The request body of a `body` parameter, or of the `formData` ones."""
    parameters = list(parameters)
    for one in parameters:
        if one.get("in") == "body":
            content = {"schema": one.get("schema", {})}
            return {"required": one.get("required"), "content": dict.fromkeys(consumes or [JSON], content)}
    fields = [one for one in parameters if one.get("in") == "formData" and isinstance(one.get("name"), str)]
    if not fields:
        return None
    schema = {
        "type": "object",
        "properties": {str(one["name"]): schema_of(one) for one in fields},
        "required": [str(one["name"]) for one in fields if one.get("required") is True],
    }
    has_file = any(one.get("type") == "file" for one in fields)
    types = [one for one in consumes if one in _FORMS] or [_FORMS[has_file]]
    return {"required": bool(schema["required"]), "content": {name: {"schema": schema} for name in types}}


def response(raw: Mapping[str, Any], produces: list[str]) -> dict[str, Any]:
    """An answer with its content by media type, and its headers with schemas."""
    examples = raw.get("examples") if isinstance(raw.get("examples"), dict) else {}
    content: dict[str, Any] = {}
    types = produces or [*examples] or [JSON]  # type: ignore[misc]
    for media_type in types if "schema" in raw or examples else ():
        content[media_type] = {"schema": raw["schema"]} if "schema" in raw else {}
        if media_type in examples:  # type: ignore[operator]
            content[media_type]["example"] = examples[media_type]  # type: ignore[index]
    headers = raw.get("headers") if isinstance(raw.get("headers"), dict) else {}
    shaped = {name: {"schema": schema_of(one)} for name, one in headers.items() if isinstance(one, dict)}  # type: ignore[union-attr]
    return {"description": raw.get("description"), "headers": shaped, "content": content}


def media_types(operation: Mapping[str, Any], root: Mapping[str, Any], key: str) -> list[str]:
    """What an operation consumes or produces: its own list, else the document's."""
    return _texts(operation[key] if key in operation else root.get(key))


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
