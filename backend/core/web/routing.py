"""The route table: a module lists its routes, and each states who may call it.

ROUTES = [Route("GET", "/api/v1/users/me", controller.me, user, rate="60/minute")]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from backend.core.errors import AppError
from backend.core.security.access import Access, can_be_checked
from backend.core.web.endpoint import Endpoint

SAFE_METHODS = frozenset({"GET", "HEAD"})
EXTENSION = "endpoints"


class RouteError(Exception):
    """A route that cannot be served as it is written; found at the start."""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a route table.

    `rate` is a limit such as "60/minute", counted per user, or per address where nobody is logged in. `raises` are the
    errors of the handler itself, for the documentation. `replay` says that the handler may run again when its transaction
    lost against another one; by default that holds for every method but POST, which may have called the outside.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    access: Access
    rate: str | None = None
    status: int = 200
    raises: Sequence[type[AppError]] = ()
    replay: bool | None = None

    @property
    def writes(self) -> bool:
        return self.method not in SAFE_METHODS

    @property
    def replayable(self) -> bool:
        return self.method != "POST" if self.replay is None else self.replay


class IdConverter(IntegerConverter):
    """`<id:name>` in a path: a positive number that fits a BIGINT; anything else is 404."""

    regex = r"[1-9][0-9]{0,17}"


class NumberConverter(IntegerConverter):
    """`<int:name>` in a path: from 0, and no more than fits a BIGINT; Werkzeug's own takes any number of digits."""

    regex = r"[0-9]{1,18}"


CONVERTERS = {"id": IdConverter, "int": NumberConverter}


def init_app(app: Flask) -> None:
    app.url_map.converters.update(CONVERTERS)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False  # would redirect to whatever host the request names, in HTML
    app.extensions[EXTENSION] = []


def register(app: Flask, module: str, routes: Sequence[Route]) -> None:
    """Add a module's routes; raises `RouteError` for one that states no access."""
    for route in routes:
        if not isinstance(route.access, Access):
            raise RouteError(f"{route.method} {route.path} states no access word; add public, user or permission(...)")
        endpoint = Endpoint(route, module)
        app.extensions[EXTENSION].append(endpoint)
        app.add_url_rule(route.path, endpoint.name, endpoint.view_for(app), methods=[route.method])


def endpoints(app: Flask) -> list[Endpoint]:
    """Every registered endpoint, in the order of registration."""
    registered: list[Endpoint] = app.extensions[EXTENSION]
    return registered


def check_every_route(app: Flask) -> None:
    """Raise `RouteError` for a route that came in beside the tables, and for a signature that nobody can check."""
    known = {endpoint.name for endpoint in endpoints(app)}
    strangers = sorted({rule.rule for rule in app.url_map.iter_rules() if rule.endpoint not in known})
    if strangers:
        raise RouteError(f"not in any route table, so nobody knows who may call them: {', '.join(strangers)}")
    unchecked = sorted({str(e.route.access) for e in endpoints(app) if not can_be_checked(app, e.route.access)})
    if unchecked:
        raise RouteError(
            f"no check is registered for {', '.join(unchecked)}; call core.security.access.use_signature at the start"
        )
