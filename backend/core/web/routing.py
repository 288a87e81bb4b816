"""Registers the route tables of the modules, and checks at the start that every route can be served as it is written."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Flask
from werkzeug.routing import IntegerConverter

from backend.core.security.access import Access, can_be_checked
from backend.core.web.endpoint import Endpoint
from backend.core.web.route import Route

EXTENSION = "endpoints"


class RouteError(Exception):
    """A route that cannot be served as it is written; found at the start."""


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
    """Add a module's routes; raises `RouteError` for one that states no access, or says `replay` of steps."""
    for route in with_put(routes):
        if not isinstance(route.access, Access):
            raise RouteError(f"{route.method} {route.path} states no access word; add public, user or permission(...)")
        if route.transaction == "steps" and route.replay is not None:
            raise RouteError(
                f"{route.method} {route.path} runs steps of its own; each of them says whether it may run again"
            )
        endpoint = Endpoint(route, module)
        app.extensions[EXTENSION].append(endpoint)
        app.add_url_rule(route.path, endpoint.name, endpoint.view_for(app), methods=[route.method])


def with_put(routes: Sequence[Route]) -> list[Route]:
    """The routes, and after each PATCH the same with PUT, unless the table has a PUT of its own for that path.

    Some clients have no PATCH; `wx.request` of WeChat mini-programs is one.
    """
    taken = {route.path for route in routes if route.method == "PUT"}
    found = list[Route]()
    for route in routes:
        found.append(route)
        if route.method == "PATCH" and route.path not in taken:
            found.append(replace(route, method="PUT", copies_patch=True))
    return found


def endpoints(app: Flask) -> list[Endpoint]:
    """Every registered endpoint, in the order of registration."""
    registered: list[Endpoint] = app.extensions[EXTENSION]
    return registered


def check_every_route(app: Flask) -> None:
    """Raise `RouteError` for a route outside of the tables, and for a signature without a registered check."""
    known = {endpoint.name for endpoint in endpoints(app)}
    strangers = sorted({rule.rule for rule in app.url_map.iter_rules() if rule.endpoint not in known})
    if strangers:
        raise RouteError(f"not in any route table, so nobody knows who may call them: {', '.join(strangers)}")
    unchecked = sorted({str(e.route.access) for e in endpoints(app) if not can_be_checked(app, e.route.access)})
    if unchecked:
        raise RouteError(
            f"no check is registered for {', '.join(unchecked)}; call core.security.access.use_signature at the start"
        )
