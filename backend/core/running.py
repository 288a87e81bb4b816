"""The running application and its request, for code that knows no web framework.

The web layer registers itself once: `core/web/flask_running.py`.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Protocol


class HasExtensions(Protocol):
    """An application with `extensions`, in which each part keeps one object."""

    extensions: dict[str, Any]


class Headers(Protocol):
    """Headers of a request; their names are case-insensitive."""

    def get(self, name: str, default: str, /) -> str:
        """The value of this header, else `default`."""


class Surroundings(Protocol):
    """Access to the running application and its request, implemented by the web layer."""

    def extensions(self) -> Mapping[str, Any]:
        """The objects that the parts of the running application keep, by name."""

    def request_state(self) -> MutableMapping[str, Any]:
        """Values kept until the request ends; outside of a request a new, empty mapping each time."""

    def request_headers(self) -> Headers:
        """The headers of the request; none outside of one."""


class Nowhere:
    """Before there is an application: no request and no extensions."""

    def extensions(self) -> Mapping[str, Any]:
        return {}

    def request_state(self) -> MutableMapping[str, Any]:
        return {}

    def request_headers(self) -> Headers:
        return {}


_surroundings: list[Surroundings] = [Nowhere()]


def use(surroundings: Surroundings) -> None:
    """Set where to find the running application; the last call counts."""
    _surroundings[:] = [surroundings]


def extension(name: str) -> Any:
    """The object called `name` of the running application."""
    return _surroundings[0].extensions()[name]


def request_state() -> MutableMapping[str, Any]:
    """Values kept until the request ends, by name; outside of a request a new, empty mapping each time."""
    return _surroundings[0].request_state()


def request_headers() -> Headers:
    """The headers of the request that runs; none outside of one."""
    return _surroundings[0].request_headers()
