"""Virtual services: a class with state and typed handlers answers instead of fixed texts.

    class Inventory(VirtualService):
        class State(BaseModel):
            products: dict[str, Product] = {}
        seed = "shared/products.json"

        @post("/internal/inventory/check")
        def check(self, body: CheckRequest) -> CheckReply: ...

Parameters named in the path come from there, a Pydantic model is the body, `Request` is the whole request, everything
else is a query parameter. Handlers are plain functions; the session's lock is held while one runs.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from mdt.engine.session import Clock
from mdt.errors import MdtError


class VirtualState(BaseModel):
    """What a service without a State of its own has: nothing."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class VirtualReply:
    """A reply with another status or with headers; the body is a model, or anything that JSON can say. None: no body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class VirtualError(MdtError):
    """Raise it in a handler to answer an error: {"error": …, "message": …}, or a whole body of your own."""

    def __init__(
        self, status: int, error: str | Mapping[str, Any], message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        body = {"error": error, "message": message or error} if isinstance(error, str) else dict(error)
        self.reply = VirtualReply(status, body, headers or {})
        super().__init__(f"{status} {error}")


class VirtualService:
    """The base class. One instance is made for each call; what lasts is in `state`, one copy in each session."""

    State: ClassVar[type[BaseModel]] = VirtualState
    seed: ClassVar[
        str | tuple[str, ...]
    ] = ()  # "shared/products.json" fills the state's field `products`, or all of it
    service: ClassVar[str] = ""  # set when it is loaded: the name of the service file
    title: ClassVar[str] = ""
    version: ClassVar[str] = "1.0.0"  # of its OpenAPI document

    state: Any

    def __init__(self, state: BaseModel, clock: Clock, random: random.Random) -> None:
        self.state = state
        self.clock = clock
        self.random = random

    @classmethod
    def openapi(cls) -> dict[str, Any]:
        """Its OpenAPI 3.1 document."""
        from mdt.virtual_openapi import document

        return document(cls)


@dataclass(frozen=True, slots=True)
class Marked:
    """What a decorator notes on a handler."""

    method: str
    template: str
    status: int
    errors: Mapping[int, str]


type Handler = Callable[..., Any]


def _decorator(method: str) -> Callable[..., Callable[[Handler], Handler]]:
    def route(path: str, *, status: int = 200, errors: Mapping[int, str] | None = None) -> Callable[[Handler], Handler]:
        def mark(handler: Handler) -> Handler:
            marked = Marked(method, path, status, errors or {})
            handler.__dict__.setdefault("__mdt_routes__", []).append(marked)
            return handler

        return mark

    route.__name__ = method.lower()
    route.__doc__ = (
        f"Answers {method}. `status` is that of success, `errors` says what others mean: {{404: 'unknown'}}."
    )
    return route


get = _decorator("GET")
post = _decorator("POST")
put = _decorator("PUT")
patch = _decorator("PATCH")
delete = _decorator("DELETE")
