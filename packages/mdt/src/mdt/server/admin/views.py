"""Handlers of the admin API, except for sessions and the page."""

from collections import Counter
from typing import Any

from mdt.engine.catalog import Composition, Route, Service
from mdt.engine.choice import VIRTUAL, Choice
from mdt.engine.messages import Reply
from mdt.engine.session import Session
from mdt.errors import UnknownServiceError
from mdt.language import _
from mdt.server.admin import environments
from mdt.server.admin.call import SAFETY, AdminCall, AdminError, as_json
from mdt.server.exchange import ServerAnswer, Stream
from mdt.server.sessions import DEFAULT

type Counts = Counter[tuple[str | None, str | None, str | None]]


def health(call: AdminCall) -> Reply:
    """The status "ok", or the last load error while the last good definitions are played. Problems of compositions are no error."""
    error = call.parts.watcher.error
    plain: dict[str, Any] = {"status": "error" if error else "ok"}
    if call.trusted:
        catalog = call.parts.engine.catalog
        problems = error.problems if error else catalog.problems
        plain |= {
            "folder": str(catalog.folder),
            "services": len(catalog.services),
            "sessions": len(call.parts.sessions.ids()),
            "error": str(error) if error else None,
            "problems": [str(one) for one in problems],
        }
    return as_json(plain)


async def reload(call: AdminCall) -> Reply:
    await call.parts.reload()
    return health(call)


def authority(call: AdminCall) -> ServerAnswer:
    """The authority's certificate in PEM. Raises MdtError without the package cryptography."""
    return Reply(200, (("content-type", "application/x-pem-file"), *SAFETY), call.parts.tls.authority_pem())


def events(call: AdminCall) -> ServerAnswer:
    headers = (("content-type", "text/event-stream"), *SAFETY)
    if wanted := call.arg("session"):
        call.parts.sessions.get(wanted)
    return Stream(headers, call.parts.hub.listen(wanted))


def openapi(call: AdminCall) -> ServerAnswer:
    name = call.values["name"]
    services = call.parts.engine.catalog.services
    if name not in services:
        raise UnknownServiceError(name, services)
    dispatcher = services[name].dispatcher
    if dispatcher is None:
        raise AdminError(
            404, "not-virtual", _("{name} is no virtual service, and those alone say their OpenAPI", name=name)
        )
    return as_json(dispatcher.openapi())


def services(call: AdminCall) -> ServerAnswer:
    """The services with a session's choice and counts. Only calls that are still in its journal count."""
    session = call.parts.sessions.get(call.arg("session") or DEFAULT)
    counts: Counts = Counter((one.service, one.route, one.scenario) for one in session.journal.entries())
    catalog = call.parts.engine.catalog
    tree = [_service(catalog.services[name], session, counts) for name in call.parts.service_names()]
    compositions = [_composition(one) for one in catalog.compositions.values()]
    unmatched = sum(count for (_, route, _), count in counts.items() if route is None)
    found = {"services": tree, "compositions": compositions, "unmatched": unmatched}
    return as_json({"session": session.id, **environments.of(call, session), **found})


def _composition(one: Composition) -> dict[str, Any]:
    return {"name": one.name, "description": one.description, "problems": [str(problem) for problem in one.problems]}


def _service(service: Service, session: Session, counts: Counts) -> dict[str, Any]:
    routes = [_route(route, service, session.choice, counts) for route in service.routes]
    played = {route.label for route in service.routes}
    virtual = [label for (name, label, _) in counts if name == service.name and label and label not in played]
    return {
        "name": service.name,
        "title": service.title,
        "url": service.url,
        "file": service.file,
        "default": service.default,
        "selected": _selected(service.name, session.choice),
        "scenarios": sorted(service.scenario_names),
        "virtual": service.virtual is not None,
        "calls": sum(count for (name, _, _), count in counts.items() if name == service.name),
        "routes": [
            *routes,
            *({"route": label, "scenarios": _virtual(service, label, counts)} for label in dict.fromkeys(virtual)),
        ],
    }


def _selected(service: str, choice: Choice) -> list[str]:
    return [*([VIRTUAL] if service in choice.virtual else []), *choice.names.get(service, ())]


def _route(route: Route, service: Service, choice: Choice, counts: Counts) -> dict[str, Any]:
    """Counts the virtual service's answers to this route as one more scenario."""
    names = list(route.scenarios)
    if counts[service.name, route.label, VIRTUAL] and VIRTUAL not in names:
        names.append(VIRTUAL)
    chosen = choice.names.get(service.name, ())
    playing = [name for name in chosen if name in route.scenarios] or [service.default_of(route)]
    return {
        "route": route.label,
        "description": route.description,
        "file": route.file,
        "line": route.line,
        "playing": [VIRTUAL] if service.name in choice.virtual and playing == [service.default] else playing,
        "scenarios": [_scenario(route, name, counts[service.name, route.label, name]) for name in names],
    }


def _scenario(route: Route, name: str, count: int) -> dict[str, Any]:
    found = route.scenarios.get(name)
    line, description = (found.line, found.description) if found else (None, "")
    return {"name": name, "calls": count, "line": line, "description": description}


def _virtual(service: Service, label: str, counts: Counts) -> list[dict[str, Any]]:
    return [{"name": VIRTUAL, "calls": counts[service.name, label, VIRTUAL], "line": None, "description": ""}]
