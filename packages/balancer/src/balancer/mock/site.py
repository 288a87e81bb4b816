"""The mock server's application: finds the namespace and the route of a request, and has it answered."""

import inspect
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from typing import Any

from mdt.engine.messages import FaultKind, Reply
from mdt.engine.session_keys import KEYS, session_in
from mdt.server.addresses import split_target
from mdt.server.admin.call import AdminError, Guard
from mdt.server.admin.call import refused as admin_refused
from mdt.server.exchange import Incoming, Listener, ServerAnswer

from balancer.mock import control, reports
from balancer.mock.calls import ProviderRequest, vendor_error
from balancer.mock.control import ControlCall, ControlError, Handler
from balancer.mock.listeners import Listeners
from balancer.mock.metrics import Metrics
from balancer.mock.namespaces import DEFAULT, NamespaceError, Namespaces
from balancer.mock.openapi import document
from balancer.mock.surfaces import SURFACES, Surface

PROVIDER = "/mock-provider/"
NAMESPACE_HEADER = "x-mock-namespace"


@dataclass(frozen=True, slots=True)
class Route:
    """A control route. `open`: it says nothing of the tests, so it needs no token."""

    method: str
    path: str
    answer: Handler
    about: str
    open: bool = False


def _docs(call: ControlCall) -> Reply:
    page = files("balancer.mock").joinpath("docs.html").read_text()
    safety = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'"
    headers = (("content-type", "text/html; charset=utf-8"), ("content-security-policy", safety), *control.NO_STORE)
    return Reply(200, headers, page.replace("$namespace", escape(call.name)).encode())


def _openapi(call: ControlCall) -> Reply:
    return control.as_json(document(ROUTES, SURFACES, call.name, call.origin))


def _endpoints(_: ControlCall) -> Reply:
    own = [{"method": one.method, "path": one.path, "about": one.about} for one in ROUTES]
    vendors = [
        {"method": one.method, "path": f"{PROVIDER}{{provider}}{path}", "about": f"the vendor's {path}"}
        for path, one in SURFACES.items()
    ]
    return control.as_json({"endpoints": own + vendors, "namespaces": "each also below /ns/{namespace}"})


ROUTES = (
    Route("GET", "/health", reports.health, "whether the server is there, and which protocol it speaks", open=True),
    Route("GET", "/docs", _docs, "this documentation, with forms that send requests", open=True),
    Route("GET", "/openapi.json", _openapi, "the OpenAPI document", open=True),
    Route("GET", "/endpoints", _endpoints, "all routes", open=True),
    Route("GET", "/metrics", reports.metrics, "counters in Prometheus' format", open=True),
    Route("GET", "/mock-ca.pem", reports.authority, "the authority of SSL_ERROR's certificates", open=True),
    Route("GET", "/mock-test-context", control.show_context, "the scenario that plays"),
    Route("POST", "/mock-set-context", control.set_context, "set the scenario"),
    Route("DELETE", "/mock-clear-context", control.clear_context, "take the scenario out"),
    Route("POST", "/mock-set-behavior", control.set_behavior, "change one provider while the scenario plays"),
    Route("POST", "/mock-advance", control.advance, "move the clock on, by seconds"),
    Route("POST", "/mock-reset", control.reset, "forget attempts, journal and changes; the scenario stays"),
    Route("GET", "/mock-journal", reports.journal, "the requests that came: ?provider=, ?after=, ?limit="),
    Route(
        "GET", "/mock-verdict", reports.verdict, "what the client did wrong: ?max_attempts=, ?threshold=, ?cooldown="
    ),
    Route("GET", "/mock-namespaces", reports.list_namespaces, "the namespaces that are in use"),
    Route("GET", "/mock-provider/{provider}/health", reports.provider_health, "what a provider would do next"),
)


class MockSite:
    """Answers for mdt's HTTP server. `token` is needed for control routes; None: by loopback names alone."""

    def __init__(
        self, namespaces: Namespaces, listeners: Listeners, metrics: Metrics, token: str | None = None
    ) -> None:
        self._namespaces = namespaces
        self._listeners = listeners
        self._metrics = metrics
        self._guard = Guard(token)

    def answer(self, incoming: Incoming, listener: Listener, certificate: FaultKind | None) -> ServerAnswer:
        host, path, query = split_target(incoming.target, incoming.headers.get("host", ""), secure=listener.secure)
        namespace, path = _split(path)
        found = _provider_route(path)
        if found is None:
            call = self._control_call(incoming, listener, namespace, query)
            return self._control(call, path, host)
        name, surface = found
        if incoming.method != surface.method:
            return _wrong_method(surface, incoming.method)
        chosen = namespace or session_in(incoming.headers, KEYS) or DEFAULT
        try:
            there = self._namespaces.get(chosen)
        except NamespaceError as error:
            return vendor_error(surface.format, error.status, str(error), error.code)
        return ProviderRequest(there, name, surface, incoming, path, self._metrics, listener.secure).answer()

    def _control_call(self, incoming: Incoming, listener: Listener, namespace: str | None, query: str) -> ControlCall:
        name = namespace or incoming.headers.get(NAMESPACE_HEADER) or DEFAULT
        host = incoming.headers.get("host", "127.0.0.1")
        origin = f"http{'s' * listener.secure}://{host}"
        return ControlCall(self._namespaces, self._listeners, self._metrics, name, origin, incoming, query)

    def _control(self, call: ControlCall, path: str, host: str) -> ServerAnswer:
        try:
            route, values = _control_route(path, call.incoming.method)
            check = self._guard.check_page if route.open else self._guard.check
            check(call.incoming.headers, host)
            return _safely(route, replace(call, values=values))
        except AdminError as error:
            return admin_refused(error)
        except control.REFUSALS as error:
            return control.refused(error)


async def _later(made: Any) -> Reply:
    """Awaits a handler that opens or closes ports."""
    try:
        reply: Reply = await made
    except control.REFUSALS as error:
        return control.refused(error)
    return reply


def _safely(route: Route, call: ControlCall) -> ServerAnswer:
    made = route.answer(call)
    return _later(made) if inspect.isawaitable(made) else made


def _split(path: str) -> tuple[str | None, str]:
    """The namespace in a path, and the rest of the path."""
    if not path.startswith("/ns/"):
        return None, path
    name, slash, rest = path.removeprefix("/ns/").partition("/")
    return name, slash + rest or "/"


def _provider_route(path: str) -> tuple[str, Surface] | None:
    """The provider and the vendor's endpoint; None if the path is another."""
    if not path.startswith(PROVIDER):
        return None
    name, slash, rest = path.removeprefix(PROVIDER).partition("/")
    surface = SURFACES.get(slash + rest)
    return None if surface is None else (name, surface)


def _control_route(path: str, method: str) -> tuple[Route, dict[str, str]]:
    values: dict[str, str] = {}
    if path.startswith(PROVIDER) and path.endswith("/health") and path.count("/") == 3:
        values = {"provider": path.split("/")[2]}
        path = "/mock-provider/{provider}/health"
    here = [one for one in ROUTES if one.path == path]
    if not here:
        raise ControlError(404, "not_found", f"There is no {path}; GET /endpoints lists what there is")
    for one in here:
        if one.method == method or (one.method == "GET" and method == "HEAD"):
            return one, values
    allowed = ", ".join(one.method for one in here)
    raise ControlError(405, "method_not_allowed", f"{path} takes {allowed}, not {method}")


def _wrong_method(surface: Surface, method: str) -> Reply:
    message = f"{surface.path} takes {surface.method}, not {method}"
    return vendor_error(surface.format, 405, message, headers=(("allow", surface.method),))
