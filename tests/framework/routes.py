"""Every route of the application as data, for tests that are generated: a new route is covered without a line written.

What no test can guess about a module stands in tests/unit/<module>/matrix.py as `MATRIX = Knowledge(...)`: how to make an
object when no POST route does, the proof that a `signature(...)` route asks for, the settings that open a door.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend import create_app
from backend.core.web.endpoint import Endpoint
from backend.core.web.openapi import PATH_PARAMETER
from backend.core.web.routing import endpoints
from backend.modules import MODULES
from backend.modules.users.roles import ROLES
from backend.settings import load_settings
from tests.framework.api import Actor, Api

UNIT_TESTS = Path(__file__).resolve().parents[1] / "unit"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the generated tests are told of a module.

    `objects`: path parameter → what makes an object that the actor owns and gives its place in the path.
    `seen_by`: path parameter → roles that pass on a `user` route although the object is another's.
    `proofs`: signature scheme → the headers that prove a request with this body.
    `bodies`: endpoint → what makes a body that passes, where the documented example alone does not.
    `rows`: endpoint of a list → what makes one more row that the actor sees, where no POST of the same path does.
    `never`: what the document promises and no test can see, as tests/framework/api_coverage.py names it → why.
    `prepare`: what the application needs beside settings, such as answers in the place of services.
    """

    objects: Mapping[str, Callable[[Api, Actor], Any]] = field(default_factory=dict)
    seen_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    proofs: Mapping[str, Callable[[bytes], dict[str, str]]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    bodies: Mapping[str, Callable[[Api, Actor], Mapping[str, Any]]] = field(default_factory=dict)
    rows: Mapping[str, Callable[[Api, Actor], object]] = field(default_factory=dict)
    never: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Flask], object] = lambda app: None


CORE = Knowledge(objects={"name": lambda api, actor: "swagger-ui.css"})


@cache
def knowledge(module: str) -> Knowledge:
    """What is known of a module; nothing if it has no matrix.py."""
    if not (UNIT_TESTS / module / "matrix.py").is_file():
        return CORE
    found: Knowledge = import_module(f"tests.unit.{module}.matrix").MATRIX
    return found


@cache
def application(**changed: Any) -> Flask:
    """The application with every door opened that a setting can open; `changed` are settings beside these."""
    opened = {name: value for module in MODULES for name, value in knowledge(module).settings.items()}
    app = create_app(load_settings().model_copy(update=opened | changed))
    for module in MODULES:
        knowledge(module).prepare(app)
    return app


def every(*kinds: str) -> list[Endpoint]:
    """The endpoints of these kinds of access, or all."""
    return [e for e in endpoints(application()) if not kinds or e.route.access.kind in kinds]


def label(endpoint: Endpoint) -> str:
    """How a test of this endpoint is called."""
    return f"{endpoint.route.method} {endpoint.route.path}"


def each(endpoints: list[Endpoint]) -> pytest.MarkDecorator:
    """A test for each of these endpoints."""
    return pytest.mark.parametrize("endpoint", endpoints, ids=label)


def parameters(endpoint: Endpoint) -> list[str]:
    """The names in the endpoint's path."""
    return [name for _, name in PATH_PARAMETER.findall(endpoint.route.path)]


def roles_with(endpoint: Endpoint) -> list[str]:
    """The roles that may call the endpoint, the humblest first."""
    if endpoint.route.access.kind != "permission":
        return list(ROLES)
    return [role for role, permissions in ROLES.items() if endpoint.route.access.name in permissions]
