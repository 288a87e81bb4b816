"""One call of one route, as templates see it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mdt.engine.fake import FakeView
from mdt.engine.messages import Request
from mdt.engine.session import Session


@dataclass(slots=True)
class Call:
    """The engine makes one for each request. `number` is 1 for the first call of the route in this session."""

    request: Request
    session: Session
    address: str  # the request's path below the service's url
    path: Mapping[str, str]
    shared: Mapping[str, Any]
    number: int
    data: Mapping[str, Any] = field(default_factory=dict)  # given when a callback is sent
    state: str = ""  # of the service's state machine, after this call
    _names: dict[str, Any] | None = field(default=None, init=False)

    def names(self) -> dict[str, Any]:
        """The variables of a template; made once for all expressions of an answer."""
        if self._names is None:
            self._names = {name: read(self) for name, read in NAMES.items()}
        return self._names


class RequestView:
    """`req` in a template. Each part is read when the template names it."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = request

    method = property(lambda self: self._request.method)
    url = property(lambda self: self._request.url)
    path = property(lambda self: self._request.path)
    headers = property(lambda self: self._request.headers)
    json = property(lambda self: self._request.json)
    text = property(lambda self: self._request.text)
    query = property(lambda self: _by_name(self._request.args))
    form = property(lambda self: _by_name(self._request.form))


def _by_name(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """Gives a name that comes once its text, and a name that comes several times the list of its texts."""
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


class RandomView:
    """`random` in a template. It draws the session's numbers, which are the same in each run."""

    __slots__ = ("_random",)

    def __init__(self, session: Session) -> None:
        self._random = session.random

    def any_int(self, least: int, most: int) -> Callable[[], Any]:
        """For `rows`: another number for each row."""
        return lambda: self._random.randint(least, most)

    def any_of(self, *items: Any) -> Callable[[], Any]:
        """For `rows`: another one of these for each row."""
        return lambda: self._random.choice(items)

    def int(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def float(self) -> float:
        return self._random.random()

    def choice(self, items: Any) -> Any:
        return self._random.choice(items)


class SessionView:
    """`session` in a template."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    id = property(lambda self: self._session.id)
    scenarios = property(lambda self: self._session.choice.labels())


def _uuid(call: Call) -> Any:
    return lambda: str(uuid.UUID(int=call.session.random.getrandbits(128), version=4))


def _now(call: Call) -> datetime:
    return call.session.clock.now()


NAMES: dict[str, Any] = {
    "req": lambda call: RequestView(call.request),
    "path": lambda call: call.path,
    "shared": lambda call: call.shared,
    "now": _now,
    "call": lambda call: call.number,
    "state": lambda call: call.state,
    "session": lambda call: SessionView(call.session),
    "uuid": _uuid,
    "data": lambda call: call.data,
    "random": lambda call: RandomView(call.session),
    "fake": lambda call: FakeView(call.session.random),
}
