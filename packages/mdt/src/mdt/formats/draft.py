"""A service file that is being made from another tool's file, and what of that file could not be taken over."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mdt.definitions.answer_keys import ANSWER_KEYS
from mdt.definitions.route_keys import METHODS
from mdt.definitions.routes import NOT_SCENARIOS, RESERVED
from mdt.engine.choice import VIRTUAL
from mdt.language import Words, _

NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    405: "methodNotAllowed",
    409: "conflict",
    410: "gone",
    413: "tooLarge",
    415: "unsupportedType",
    422: "validationError",
    429: "rateLimited",
    500: "serviceError",
    502: "badGateway",
    503: "unavailable",
    504: "gatewayTimeout",
}
TAKEN = frozenset({*ANSWER_KEYS, *RESERVED, *NOT_SCENARIOS, VIRTUAL})


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the file that the definitions do not have."""

    where: str
    what: Words

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class DraftRoute:
    """One route; `first` are the scenarios that it plays by default, one after the other."""

    method: str
    path: str
    match: dict[str, Any]
    scenarios: dict[str, dict[str, Any]] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)
    where: str = ""


@dataclass(slots=True)
class Draft:
    """`default` is the name under which each route plays its first answers."""

    service: str
    url: str = ""
    default: str = "imported"
    title: str = ""
    routes: list[DraftRoute] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def lost(self, where: str, what: Words) -> None:
        self.losses.append(Loss(where, what))

    def add(
        self,
        method: str,
        path: str,
        answer: Mapping[str, Any],
        *,
        where: str,
        match: Mapping[str, Any] | None = None,
        name: str = "",
        in_turn: bool = False,
    ) -> None:
        """Adds an answer to the route. The first one is played by default; with `in_turn` the next one after it."""
        wanted = dict(match or {})
        route = next((one for one in self.routes if (one.method, one.path, one.match) == (method, path, wanted)), None)
        if route is None:
            if not self._is_method(method, where):
                return
            route = DraftRoute(method, path, wanted, where=where)
            self.routes.append(route)
        known = next((one for one, told in route.scenarios.items() if told == answer and not name), None)
        scenario = known or _free(name_of(name) or scenario_name(answer), route.scenarios)
        route.scenarios.setdefault(scenario, dict(answer))
        if in_turn or not route.first:
            route.first.append(scenario)

    def _is_method(self, method: str, where: str) -> bool:
        known = method in (*METHODS, "ANY")
        if not known:
            self.lost(where, _("the method {method} is none of mdt", method=method))
        return known

    def document(self) -> dict[str, Any]:
        """The service file."""
        head = {
            "service": self.service,
            **({"title": self.title} if self.title else {}),
            **({"url": self.url} if self.url else {}),
        }
        counted: dict[str, int] = {}
        routes = {}
        for route in self.routes:
            key = f"{route.method} {route.path}"
            counted[key] = counted.get(key, 0) + 1
            routes[key if counted[key] == 1 else f"{key} [{counted[key]}]"] = self._route(route)
        return {**head, **({"default": self.default} if routes else {}), "routes": routes}

    def _route(self, route: DraftRoute) -> dict[str, Any]:
        turns = list(route.first)
        while len(turns) > 1 and turns[-1] == turns[-2]:  # the last one stays anyway
            turns.pop()
        first = {"extends": turns[0]} if len(turns) == 1 else {"sequence": turns}
        return {**({"match": route.match} if route.match else {}), self.default: first, **route.scenarios}


def scenario_name(answer: Mapping[str, Any]) -> str:
    """The name of an answer by its fault or status."""
    if fault := answer.get("fault"):
        return name_of(str(fault)) or "broken"
    if "passthrough" in answer:
        return "real"
    status = int(answer.get("status", 200))
    usual = {2: "success", 3: "redirect"}.get(status // 100)
    return usual or NAMES.get(status) or f"status{status}"


def name_of(text: str) -> str:
    """A scenario's name from any text: outOfStock for "Out of stock!"; "" if nothing is left."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    joined = (
        "".join([words[0][:1].lower() + words[0][1:], *(word[:1].upper() + word[1:] for word in words[1:])])
        if words
        else ""
    )
    joined = joined if joined[:1].isalpha() else f"answer{joined}" if joined else ""
    return f"{joined}Answer" if joined in TAKEN else joined[:60]


def _free(name: str, taken: Mapping[str, Any]) -> str:
    return next(one for one in (name, *(f"{name}{number}" for number in range(2, 10_000))) if one not in taken)


_MARK = re.compile(r"\{(?=[{%#])")


def literal(value: Any) -> Any:
    """The value as a definition writes it: marks of templates in its texts are kept as text."""
    if isinstance(value, str):
        return _MARK.sub("{{ '{' }}", value)
    if isinstance(value, Mapping):
        return {_MARK.sub("{{ '{' }}", str(key)): literal(one) for key, one in value.items()}
    return [literal(one) for one in value] if isinstance(value, list) else value
