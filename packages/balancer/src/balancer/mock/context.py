"""Scenarios as JSON: what `POST /mock-set-context` takes, and what a framework sends."""

import json
from dataclasses import asdict, fields
from enum import Enum
from typing import Any

from mdt.suggest import did_you_mean
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from balancer.mock.scenario import ProviderConfig, Scenario

_ADAPTER = TypeAdapter(Scenario)
_KEYS = {"": [one.name for one in fields(Scenario)], "/providers": [one.name for one in fields(ProviderConfig)]}
MAX_PROBLEMS = 50


class ContextError(ValueError):
    """A context that cannot be. `problems` has a JSON pointer (RFC 6901) and a message for each mistake."""

    def __init__(self, problems: list[dict[str, str]]) -> None:
        super().__init__("; ".join(f"{one['pointer']}: {one['message']}" for one in problems))
        self.problems = problems


def scenario_of(context: Any) -> Scenario:
    """Raises ContextError with every problem."""
    try:
        return _ADAPTER.validate_python(context)
    except ValidationError as error:
        raise ContextError(problems_of(error)) from None


def problems_of(error: ValidationError) -> list[dict[str, str]]:
    return [_problem(one) for one in error.errors(include_url=False)[:MAX_PROBLEMS]]


def context_of(scenario: Scenario) -> dict[str, Any]:
    """The context of a scenario, without what has its default."""
    plain: dict[str, Any] = _plain(asdict(scenario))
    plain["providers"] = [_without_defaults(one) for one in scenario.providers]
    return {name: value for name, value in plain.items() if value is not None}


def _without_defaults(one: ProviderConfig) -> dict[str, Any]:
    usual = asdict(ProviderConfig(one.name))
    given = {name: value for name, value in asdict(one).items() if value != usual[name]}
    plain: dict[str, Any] = _plain({"name": one.name, "behavior": one.behavior, **given})
    return plain


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=_value))


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else dict(value)


def _problem(error: ErrorDetails) -> dict[str, str]:
    """Our own checks begin with the field's name, which belongs to the pointer."""
    path = "".join(f"/{one}" for one in error["loc"] if not _is_union_branch(one))
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error" and ": " in message:
        name, _, message = message.partition(": ")
        path += f"/{name}"
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        message = f"Unknown field. {_near(path)}".strip()
    return {"pointer": path or "/", "message": message}


def _is_union_branch(part: int | str) -> bool:
    return isinstance(part, str) and not part.replace("_", "").replace("-", "").isalnum()


def _near(path: str) -> str:
    parent, _, name = path.rpartition("/")
    return str(did_you_mean(name, _KEYS["/providers" if parent.startswith("/providers") else ""]))
