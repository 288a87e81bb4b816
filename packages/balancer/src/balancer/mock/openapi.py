"""The OpenAPI document of the mock server, made of its tables of routes."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pydantic import TypeAdapter

from balancer import __version__
from balancer.mock.scenario import ProviderConfig, Scenario
from balancer.mock.surfaces import Surface

GUIDE = {
    "name": "debug_test",
    "expected_behavior": "success",
    "model_name": "test-model",
    "providers": [
        {
            "name": "debug_provider",
            "behavior": "success",
            "response_data": {"content": "Debug response"},
            "provider_type": "anthropic",
        }
    ],
}
TALK = {"model": "test-model", "max_tokens": 100, "messages": [{"role": "user", "content": "test"}]}
EXAMPLES: dict[str, Any] = {
    "/mock-set-context": GUIDE,
    "/mock-set-behavior": {"provider": "debug_provider", "behavior": "rate_limit", "retry_after": 2},
    "/mock-advance": {"seconds": 60},
    "/v1/messages": TALK,
    "/v1/messages/count_tokens": {key: value for key, value in TALK.items() if key != "max_tokens"},
    "/v1/chat/completions": TALK,
    "/chat/completions": TALK,
    "/v1/responses": {"model": "test-model", "input": "test"},
    "/v1/embeddings": {"model": "test-model", "input": "test"},
}
QUERIES: dict[str, tuple[str, ...]] = {
    "/mock-journal": ("provider", "after", "limit"),
    "/mock-verdict": ("max_attempts", "threshold", "cooldown"),
}


class ControlRoute(Protocol):
    """A row of the table of control routes."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def about(self) -> str: ...


def document(
    routes: Iterable[ControlRoute], surfaces: Mapping[str, Surface], namespace: str, origin: str
) -> dict[str, Any]:
    """OpenAPI 3.1. Its server is the namespace that it was asked in."""
    prefix = "" if namespace == "default" else f"/ns/{namespace}"
    paths: dict[str, dict[str, Any]] = {}
    for one in routes:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one.path, one.about, "control")
    for path, surface in surfaces.items():
        about = f"the vendor's {path}"
        paths[f"/mock-provider/{{provider}}{path}"] = {
            surface.method.lower(): _operation(path, about, "provider", True)
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mock LLM providers", "version": __version__},
        "servers": [{"url": f"{origin}{prefix}"}],
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def _operation(path: str, about: str, tag: str, provider: bool = False) -> dict[str, Any]:  # noqa: FBT002
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in QUERIES.get(path, ())]
    if provider or "{provider}" in path:
        parameters.append({"name": "provider", "in": "path", "required": True, "schema": {"type": "string"}})  # type: ignore[dict-item]
    operation: dict[str, Any] = {
        "summary": about,
        "tags": [tag],
        "parameters": parameters,
        "responses": {"200": {"description": "Success"}},
    }
    if path in EXAMPLES:
        schema = {"$ref": "#/components/schemas/Scenario"} if path == "/mock-set-context" else {"type": "object"}
        content = {"application/json": {"schema": schema, "example": EXAMPLES[path]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _schemas() -> dict[str, Any]:
    template = "#/components/schemas/{model}"
    schemas: dict[str, Any] = {}
    for kind in (Scenario, ProviderConfig):
        schema = TypeAdapter(kind).json_schema(ref_template=template)
        schemas |= schema.pop("$defs", {})
        schemas[kind.__name__] = schema
    return schemas
