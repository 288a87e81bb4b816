"""What belongs to the running application and its request, for code that knows no web framework.

The web layer says where it is, once: `core/web/flask_running.py`.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any, Protocol


class HasExtensions(Protocol):
    """An application, as a module sees it that keeps one object of its own in it."""

    extensions: dict[str, Any]


class Headers(Protocol):
    """Headers of a request, whose names are found in upper and lower case."""

    def get(self, name: str, default: str, /) -> str:
        """The value of this header, else `default`."""


class Surroundings(Protocol):
    """What the web layer knows of the moment."""

    def extensions(self) -> Mapping[str, Any]:
        """The objects that the parts of the running application keep, by name."""

    def request_state(self) -> MutableMapping[str, Any]:
        """What is kept until the request ends; outside of a request an empty one each time."""

    def request_headers(self) -> Headers:
        """The headers of the request; none outside of one."""


class Nowhere:
    """What holds before there is an application: no request, and nothing to find."""

    def extensions(self) -> Mapping[str, Any]:
        return {}

    def request_state(self) -> MutableMapping[str, Any]:
        return {}

    def request_headers(self) -> Headers:
        return {}


_surroundings: list[Surroundings] = [Nowhere()]


def use(surroundings: Surroundings) -> None:
    """Say where the running application is found; the last word holds."""
    _surroundings[:] = [surroundings]


def extension(name: str) -> Any:
    """The object called `name` of the running application."""
    return _surroundings[0].extensions()[name]


def request_state() -> MutableMapping[str, Any]:
    """What is kept until the request ends, by name; outside of a request it is empty and forgotten at once."""
    return _surroundings[0].request_state()


def request_headers() -> Headers:
    """The headers of the request that runs; none outside of one."""
    return _surroundings[0].request_headers()
