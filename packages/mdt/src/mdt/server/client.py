"""A client of the admin API."""

import http.client
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from mdt.engine.choice import Sequence
from mdt.server.client_transport import ClientTransport, ServerRefusedError, ServerUnreachableError

__all__ = ["Client", "ServerRefusedError", "ServerUnreachableError"]


type ScenarioNames = str | Sequence | Iterable[str | Sequence]


class Client(ClientTransport):
    """Calls the admin API; its answers are described in mdt.server.admin."""

    def health(self) -> dict[str, Any]:
        """`status` is "ok", or "error" while the last good definitions are played; `problems` says what is wrong."""
        return self._ask("GET", "/health")

    def reload(self) -> dict[str, Any]:
        """Loads the definitions now; returns the health."""
        return self._ask("POST", "/reload")

    def catalog(self, session: str = "default") -> dict[str, Any]:
        """Services, their routes and scenarios, with what is selected and how often each answered."""
        return self._ask("GET", f"/services?{urlencode({'session': session})}")

    def stats(self, session: str = "default") -> dict[str, dict[str, dict[str, int]]]:
        """The number of calls by service, route and scenario."""
        return {
            service["name"]: {
                route["route"]: {scenario["name"]: scenario["calls"] for scenario in route["scenarios"]}
                for route in service["routes"]
            }
            for service in self.catalog(session)["services"]
        }

    def openapi(self, service: str) -> dict[str, Any]:
        return self._ask("GET", f"/services/{quote(service, safe='')}/openapi.json")

    def sessions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "/sessions")["sessions"]
        return found

    def open(self, id: str | None = None, names: ScenarioNames = (), **options: Any) -> dict[str, Any]:  # noqa: A002
        """Opens a session. `options`: seed, tls, environment, dataset. Without an id the server makes one."""
        named = {"id": id} if id is not None else {}
        return self._ask("POST", "/sessions", {**named, "scenarios": _plain(names), **options})

    @contextmanager
    def session(self, names: ScenarioNames = (), **options: Any) -> Iterator[dict[str, Any]]:
        """Opens a session for the block."""
        opened = self.open(None, names, **options)
        try:
            yield opened
        finally:
            self.close(opened["id"])

    def get(self, session: str = "default") -> dict[str, Any]:
        return self._ask("GET", _path(session))

    def close(self, session: str) -> None:
        self._ask("DELETE", _path(session))

    def select(self, names: ScenarioNames, session: str = "default") -> dict[str, Any]:
        """Selects exactly these; no names select the defaults."""
        return self._ask("PUT", _path(session, "scenarios"), {"scenarios": _plain(names)})

    def switch(self, names: ScenarioNames = (), session: str = "default", clear: Iterable[str] = ()) -> dict[str, Any]:
        """Adds these to what is selected. `clear` names services to set back to their default."""
        return self._ask("PATCH", _path(session, "scenarios"), {"scenarios": _plain(names), "clear": list(clear)})

    def environments(self) -> dict[str, Any]:
        """{"environments": [...], "datasets": [...]}."""
        return self._ask("GET", "/environments")

    def enter(self, session: str = "default", **names: str | None) -> dict[str, Any]:
        """`environment` and `dataset`: None is that of the server; one that is not given stays, or is the environment's."""
        return self._ask("PUT", _path(session, "environment"), names)

    def reset(self, session: str = "default") -> dict[str, Any]:
        return self._ask("POST", _path(session, "reset"))

    def advance(self, session: str = "default", **duration: float) -> dict[str, Any]:
        """Advances the clock by a timedelta's arguments, such as minutes=15."""
        return self._ask("POST", _path(session, "clock"), {"advance": duration}, timeout=600)

    def freeze(self, session: str = "default", at: str | None = None) -> dict[str, Any]:
        return self._ask("POST", _path(session, "clock"), {"freeze": at or True})

    def unfreeze(self, session: str = "default") -> dict[str, Any]:
        return self._ask("POST", _path(session, "clock"), {"unfreeze": True})

    def journal(
        self,
        session: str = "default",
        since: int = 0,
        *,
        limit: int = 1_000_000,
        brief: bool = False,
        service: str | None = None,
    ) -> list[dict[str, Any]]:
        """The newest `limit` entries after a number, oldest first; `brief` leaves out bodies and headers."""
        query: dict[str, Any] = {"since": since, "limit": limit, **({"brief": 1} if brief else {})}
        query |= {"service": service} if service else {}
        found: list[dict[str, Any]] = self._ask("GET", _path(session, f"journal?{urlencode(query)}"))["entries"]
        return found

    def stub(self, route: str, answer: dict[str, Any], session: str = "default", **more: Any) -> dict[str, Any]:
        """Adds a stub, with the keys of a definition's answer. `more`: match, service, id. Returns it with its id."""
        return self._ask("POST", _path(session, "stubs"), {"route": route, "answer": answer, **more})

    def stubs(self, session: str = "default") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", _path(session, "stubs"))["stubs"]
        return found

    def remove_stub(self, id: str | None = None, session: str = "default") -> None:  # noqa: A002
        """Removes one stub; without an id all of the session."""
        self._ask("DELETE", _path(session, "stubs" if id is None else f"stubs/{quote(id, safe='')}"))

    def called(self, route: str, session: str = "default", **wanted: Any) -> dict[str, Any]:
        """Whether there was such a call: `met`, `count`, `message`, `calls`. `wanted`: times, match, service."""
        return self._ask("POST", _path(session, "called"), {"route": route, **wanted})

    def set_state(self, service: str, state: str, session: str = "default") -> dict[str, str]:
        """Puts a state machine into a state; returns the states of the session."""
        states: dict[str, str] = self._ask("PUT", _path(session, "states"), {service: state})["states"]
        return states

    def near_misses(self, session: str = "default", since: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", _path(session, f"near-misses?since={since}"))["near_misses"]
        return found

    def send(
        self, name: str, session: str = "default", *, to: str | None = None, data: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Sends a callback; returns its deliveries so far."""
        body = {"send": name, **({"to": to} if to else {}), **({"data": data} if data else {})}
        return self._ask("POST", _path(session, "callbacks"), body, timeout=600)

    def callbacks(self, session: str = "default") -> dict[str, Any]:
        """{"pending": [...], "sent": [...]}"""
        return self._ask("GET", _path(session, "callbacks"))

    def clear_callbacks(self, session: str = "default") -> dict[str, Any]:
        """Forgets the callbacks that wait."""
        return self._ask("DELETE", _path(session, "callbacks"))

    def credentials(self, service: str) -> dict[str, Any]:
        """Ids, keys and certificates of a virtual service that plays a partner. The first time its keys are made."""
        return self._ask("GET", f"/services/{quote(service, safe='')}/credentials", timeout=60)

    def address_of(self, service: str, session: str | None = None) -> str:
        """The base URL of a service."""
        prefix = "" if session in {None, "default"} else f"/_s/{quote(str(session), safe='')}"
        return f"{self.url}{prefix}/{service}"

    def events(self, session: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yields live events as (kind, data) until the server ends or the generator is closed."""
        query = f"?{urlencode({'session': session})}" if session else ""
        with self._response("GET", f"/events{query}", None, timeout=60) as answer:
            kind = ""
            try:
                for line in answer:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name == "event":
                        kind = value
                    elif name == "data":
                        yield kind, json.loads(value)
            except (OSError, http.client.HTTPException):
                return


def _plain(names: ScenarioNames) -> list[Any]:
    items = [names] if isinstance(names, str | Sequence) else names
    return [{"sequence": list(one.names)} if isinstance(one, Sequence) else one for one in items]


def _path(session: str, rest: str = "") -> str:
    return f"/sessions/{quote(session, safe='')}" + (f"/{rest}" if rest else "")
