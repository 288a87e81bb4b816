"""Requests made from a route alone: who may call it, a path with an object in it, a body as documented."""

from functools import cached_property
from typing import Any

import orjson
from werkzeug.test import TestResponse

from backend.core.web.endpoint import Endpoint
from backend.core.web.openapi import PATH_PARAMETER
from tests.framework import routes
from tests.framework.api import Actor, Api
from tests.framework.generated_examples import example


class Caller:
    """`Caller(api, endpoint).send()` is a request that passes; every argument of `send` spoils it in one way."""

    def __init__(self, api: Api, endpoint: Endpoint) -> None:
        self.api = api
        self.endpoint = endpoint
        self.kind = endpoint.route.access.kind

    @cached_property
    def actor(self) -> Actor:
        """Who calls: a user of the humblest role that may."""
        return self.api.login(routes.roles_with(self.endpoint)[0])

    @cached_property
    def owner(self) -> Actor:
        """Whose object it is: the caller's own, unless a permission opens others'."""
        return self.actor if self.kind == "user" else self.api.login()

    def again(self) -> "Caller":
        """A caller for another such request: this one if the first changed nothing."""
        return self if self.endpoint.route.method == "GET" else Caller(self.api, self.endpoint)

    def send(self, raw: bytes | None = None, **arguments: Any) -> TestResponse:
        """`raw` is the body; `path`, `query`, `method`, `headers` replace what would be right."""
        body = self.body() if raw is None else raw
        headers = {**self._content_type(), **self.proof(body), **arguments.pop("headers", {})}
        method = arguments.pop("method", self.endpoint.route.method)
        path = arguments.pop("path", None) or self.path()
        query = arguments.pop("query", "")
        where = f"{path}?{query}" if query else path
        return self.api.call(method, where, data=body, headers=headers, buffered=True, **arguments)

    def path(self) -> str:
        """The route's path, with an object of the owner in it."""
        return PATH_PARAMETER.sub(lambda found: str(self._place(found[2])), self.endpoint.route.path)

    def proof(self, body: bytes) -> dict[str, str]:
        """The headers that let this caller in."""
        if self.kind in ("user", "permission"):
            return self.actor.headers
        if self.kind == "signature":
            return proof_of(self.endpoint, body)
        return {}

    def _place(self, name: str) -> Any:
        return place_of(self.api, self.endpoint, name, self.owner)

    def body(self) -> bytes:
        """A body that passes: as matrix.py says, else as documented."""
        made = routes.knowledge(self.endpoint.module).bodies.get(self.endpoint.name)
        if made:
            return orjson.dumps(made(self.api, self.owner))
        return orjson.dumps(example(self.endpoint.body)) if self.endpoint.body else b""

    def _content_type(self) -> dict[str, str]:
        return {"Content-Type": "application/json"} if self.endpoint.body else {}


def proof_of(endpoint: Endpoint, body: bytes) -> dict[str, str]:
    """The headers that fulfil the endpoint's `signature(...)`."""
    scheme = endpoint.route.access.name
    proofs = routes.knowledge(endpoint.module).proofs
    assert scheme in proofs, f"tests/unit/{endpoint.module}/matrix.py must tell the proof of signature({scheme!r})"
    return proofs[scheme](body)


def place_of(api: Api, endpoint: Endpoint, name: str, owner: Actor) -> Any:
    """What stands in the path for an object of `owner`: as matrix.py says, else made by the POST route before it."""
    objects = routes.knowledge(endpoint.module).objects
    if name in objects:
        return objects[name](api, owner)
    maker = _maker(endpoint)
    assert maker, f"tests/unit/{endpoint.module}/matrix.py must say how an object for <{name}> is made"
    made = api.post(maker.route.path, json=example(maker.body) if maker.body else None, by=owner)
    assert made.status_code == maker.route.status, f"the example of {routes.label(maker)} is refused: {made.text}"
    return made.json["data"]["id"]


def _maker(endpoint: Endpoint) -> Endpoint | None:
    """The POST route of the collection in which the endpoint's object is."""
    collection = endpoint.route.path.split("/<", 1)[0]
    return next((e for e in routes.every("user") if (e.route.method, e.route.path) == ("POST", collection)), None)
