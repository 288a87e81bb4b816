"""Control routes that change something: contexts, behaviours, the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from mdt.engine.messages import Reply
from mdt.errors import MdtError
from mdt.server.exchange import Incoming
from pydantic import TypeAdapter, ValidationError

from balancer.mock.context import ContextError, context_of, problems_of, scenario_of
from balancer.mock.listeners import Listeners, origin_of
from balancer.mock.metrics import Metrics
from balancer.mock.namespaces import DEFAULT, Namespace, NamespaceError, Namespaces
from balancer.mock.scenario import ProviderConfig
from balancer.wire import json_text

NO_STORE = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
_PROVIDER = TypeAdapter(ProviderConfig)


class ControlError(Exception):
    """A control request is refused."""

    def __init__(self, status: int, code: str, message: str, problems: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.problems = problems or []


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One control request. `origin`: the server's URL as the client wrote it."""

    namespaces: Namespaces
    listeners: Listeners
    metrics: Metrics
    name: str  # of the namespace
    origin: str
    incoming: Incoming
    query: str = ""
    values: Mapping[str, str] | None = None

    @property
    def namespace(self) -> Namespace:
        return self.namespaces.get(self.name)

    def json(self) -> Any:
        try:
            return json_text.loads(self.incoming.body)
        except ValueError as error:
            raise ControlError(400, "bad_json", f"The body is no JSON: {error}") from None

    def argument[T: (int, float)](self, name: str, kind: type[T]) -> T | None:
        """A number of the query; None if it is not there."""
        given = parse_qs(self.query).get(name)
        if not given:
            return None
        try:
            return kind(given[-1])
        except ValueError:
            raise ControlError(422, "bad_query", f"{name}: {given[-1]!r} is not a number") from None

    def text(self, name: str) -> str | None:
        return parse_qs(self.query).get(name, [None])[-1]


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(status, (("content-type", "application/json"), *NO_STORE), json_text.encode(value))


REFUSALS = (ControlError, ContextError, NamespaceError, MdtError)
"""What a control route refuses with: `refused` makes the answer of each."""


def refused(error: ControlError | ContextError | NamespaceError | MdtError) -> Reply:
    if isinstance(error, ContextError):
        error = ControlError(422, "bad_context", str(error), error.problems)
    elif isinstance(error, MdtError):
        error = ControlError(422, "not_possible", str(error))
    body = {"status": "error", "code": error.code, "message": str(error)}
    return as_json(
        body | ({"problems": error.problems} if isinstance(error, ControlError) and error.problems else {}),
        error.status,
    )


def show_context(call: ControlCall) -> Reply:
    scenario = call.namespace.scenario
    if scenario is None:
        return as_json({"context": None})
    providers = call.namespace.providers()
    context = context_of(replace(scenario, providers=tuple(providers)))
    for shown, one in zip(context["providers"], providers, strict=True):
        shown |= {"response_data": one.response_data, "delay_ms": one.delay_ms}  # always there, as the guide has it
    return as_json({"context": {"scenario_name": scenario.name, **context}, "urls": urls(call)})


async def set_context(call: ControlCall) -> Reply:
    scenario = scenario_of(call.json())
    replaced = call.namespaces.set(call.name, scenario)
    await call.listeners.open_for(call.namespace)
    call.metrics.count("contexts_set")
    body = {
        "status": "success",
        "message": f"Test context set to scenario: {scenario.name}",
        "namespace": call.name,
        "urls": urls(call),
    }
    return as_json(body | ({"replaced": replaced} if replaced else {}))


def urls(call: ControlCall) -> dict[str, str]:
    """The base URL of each provider, without /v1; those that break TLS or refuse connections have ports of their own."""
    prefix = "" if call.name == DEFAULT else f"/ns/{call.name}"
    own = call.listeners.origins(call.name)
    return {
        one.name: f"{own.get(one.name) or origin_of(one, call.origin)}{prefix}/mock-provider/{one.name}"
        for one in call.namespace.providers()
    }


def clear_context(call: ControlCall) -> Reply:
    was_there = call.namespaces.clear(call.name)
    call.listeners.close_for(call.name)
    return as_json({"status": "success", "message": "Test context cleared" if was_there else "There was no context"})


def reset(call: ControlCall) -> Reply:
    call.namespace.reset()
    return as_json(
        {"status": "success", "message": "Attempts, journal, clock and changed behaviours are as at the beginning"}
    )


async def set_behavior(call: ControlCall) -> Reply:
    """Changes fields of one provider from its next request on. Its script and error_count end unless they are given."""
    namespace, wanted = call.namespace, call.json()
    if not isinstance(wanted, dict) or not isinstance(wanted.get("provider"), str):
        raise ControlError(422, "bad_behavior", 'The body is no {"provider": name, "behavior": …}')
    name = wanted["provider"]
    now = namespace.provider(name)
    if now is None:
        raise ControlError(404, "unknown_provider", f"The scenario has no provider {name!r}")
    changes = {key: value for key, value in wanted.items() if key != "provider"}
    kept = {
        key: value
        for key, value in now.__dict__.items()
        if key not in {"script", "error_count"} or "behavior" not in changes
    }
    try:
        namespace.overrides[name] = _PROVIDER.validate_python({**kept, **changes, "name": name})
    except ValidationError as error:
        raise ContextError(problems_of(error)) from None
    await call.listeners.open_for(namespace)
    return as_json({"status": "success", "provider": name, "urls": urls(call)})


def advance(call: ControlCall) -> Reply:
    """Moves the namespace's clock on: for QUOTA, FLAPPING and the verdict."""
    body = call.json()
    seconds = body.get("seconds") if isinstance(body, dict) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds < 1e9:
        raise ControlError(422, "bad_seconds", 'The body is no {"seconds": number from 0 on}')
    call.namespace.advanced += seconds
    return as_json({"status": "success", "advanced": call.namespace.advanced})


type Handler = Callable[[ControlCall], Any]
