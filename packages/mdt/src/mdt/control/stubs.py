"""Adds stubs to a session: compiles what a test writes with the compilers of definitions.

A stub is written as `{"route": "POST /x", "match": {…}, "answer": {…}}`; `answers` in place of `answer` are given one for each
call, and the last one stays. `service` may be left out if the route tells it. Files that it names are in the folder of mocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from mdt.definitions.files import Folder
from mdt.definitions.route_keys import METHODS
from mdt.definitions.routes import NAME, RouteCompiler
from mdt.definitions.source import Source, located
from mdt.engine.catalog import Catalog, Route, Service
from mdt.engine.routes import ANY, host_name
from mdt.engine.session import Session
from mdt.engine.stubs import Stub
from mdt.errors import MdtError, UnknownServiceError
from mdt.language import _, clauses, sentences
from mdt.suggest import did_you_mean

KEYS = ("id", "service", "route", "match", "answer", "answers")


@dataclass(frozen=True, slots=True)
class Stubbing:
    """Adds stubs to one session. `file` names the place in reports."""

    catalog: Catalog
    session: Session
    file: str = "stub"
    line: int = 1

    def add(self, written: Mapping[str, Any]) -> Stub:
        """Adds a stub, or replaces the one with its id. Raises MdtError for what cannot be understood."""
        _check_keys(written)
        service, route = self.placed(str(written["route"]), written.get("service"))
        stubs = self.session.stubs
        name = written.get("id") or stubs.new_id()
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise MdtError(_("{name!r} is no id of a stub. Use letters, digits, - and _", name=name))
        compiled = self._compiled(service, route, name, written)
        plain = {"id": name, "service": service.name, "route": route}
        plain |= {key: written[key] for key in ("match", "answer", "answers") if key in written}
        stub = Stub(name, service.name, compiled, plain)
        stubs.add(stub)
        return stub

    def _compiled(self, service: Service, route: str, name: str, written: Mapping[str, Any]) -> Route:
        source, folder = Source(self.file), Folder(self.catalog.folder)
        compiler = RouteCompiler(service.name, service.url, folder, source, self.catalog.folder, states=service.states)
        table = located({**_answers(name, written), **_match(written)}, self.line)
        try:
            compiled = compiler.compile(route, table, self.line)
        except TypeError as error:  # a value that JSON does not have
            raise MdtError(_("The answer of the stub cannot be written: {error}", error=error)) from None
        problems = [*source.problems, *folder.problems, *folder.deferred]
        if problems or compiled is None:
            raise MdtError(clauses(problem.text() for problem in problems))
        return replace(compiled, key=f"{service.name} {name}")

    def placed(self, route: str, name: str | None = None) -> tuple[Service, str]:
        """The service of a route, and the route below its base path. Raises MdtError if it is not clear."""
        method, _space, target = route.partition(" ")
        target = target.strip()
        if "://" in target:
            return self._by_url(method, target)
        if name is not None:
            return self._known(name), route
        found = self._with_route(method, target)
        if len(found) != 1:
            raise MdtError(self._unclear(route, found))
        return found[0], route

    def _known(self, name: str) -> Service:
        if name not in self.catalog.services:
            raise UnknownServiceError(name, self.catalog.services)
        return self.catalog.services[name]

    def _by_url(self, method: str, url: str) -> tuple[Service, str]:
        parts = urlsplit(url)
        host = host_name(parts.hostname or "") + (f":{parts.port}" if parts.port else "")
        for service in self.catalog.hosts.get(host, ()):
            if parts.path.startswith(service.base_path):
                return service, f"{method} {parts.path[len(service.base_path) :] or '/'}"
        hint = did_you_mean(host, filter(None, self.catalog.hosts))
        raise MdtError(sentences(_("No service lives at {host}.", host=host), hint))

    def _with_route(self, method: str, path: str) -> list[Service]:
        """The services that have the route, else those that have the path, else the only service."""
        services = list(self.catalog.services.values())
        own = [one for one in services if _has(one, method, path)]
        other = [one for one in services if any(_has(one, verb, path) for verb in METHODS if verb != ANY)]
        return own or other or (services if len(services) == 1 else [])

    def _unclear(self, route: str, found: list[Service]) -> Any:
        names = ", ".join(one.name for one in found) or ", ".join(self.catalog.services)
        if found:
            return _(
                "{route} is a route of several services: {names}. Say which one is meant.", route=route, names=names
            )
        return _(
            "No service has the path of {route}. Say for which service the stub is: {names}.", route=route, names=names
        )


def _has(service: Service, method: str, path: str) -> bool:
    if next(iter(service.table.find(method, path)), None) is not None:
        return True
    return service.dispatcher is not None and service.dispatcher.find(method, path) is not None


def _check_keys(written: Mapping[str, Any]) -> None:
    for key in written:
        if key not in KEYS:
            raise MdtError(sentences(_("A stub has no key {key!r}.", key=key), did_you_mean(key, KEYS)))
    if not isinstance(written.get("route"), str):
        raise MdtError(_("A stub has a `route`: method and path, such as POST /orders/{{id}}"))
    if ("answer" in written) == ("answers" in written):
        raise MdtError(_("A stub has either an `answer` or a list of `answers`"))


def _match(written: Mapping[str, Any]) -> dict[str, Any]:
    return {"match": written["match"]} if written.get("match") else {}


def _answers(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """The scenarios of the stub's route; the first one answers."""
    answers = written.get("answers")
    if answers is None:
        return {name: written["answer"]}
    if not isinstance(answers, list | tuple) or not answers:
        raise MdtError(_("`answers` is a list with at least one answer"))
    steps = {f"{name}-{number}": answer for number, answer in enumerate(answers, 1)}
    return {name: {"sequence": list(steps)}, **steps}
