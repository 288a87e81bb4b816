"""The decorators of handlers, and the replies and errors that handlers return and raise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mdt.callbacks.model import Callback
from mdt.errors import MdtError


@dataclass(frozen=True, slots=True)
class VirtualReply:
    """A reply with its own status and headers. The body is a model or a JSON value; None means no body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    callbacks: tuple["Scheduled", ...] = ()

    def callback(
        self, name: "str | Callback", *, after: str | float = 0, data: Mapping[str, Any] | None = None, to: str = ""
    ) -> "VirtualReply":
        """The same reply, after which the callback "inventory.expired" is sent: in "15m" or so many seconds of the session's
        clock. `data` is for its templates, `to` a URL in place of its own.
        """
        return replace(self, callbacks=(*self.callbacks, Scheduled(name, after, data or {}, to)))


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A callback that a reply schedules: its name in the definitions, or one that the service has made."""

    callback: "str | Callback"
    after: str | float = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    to: str = ""


class VirtualError(MdtError):
    """Raise it in a handler to answer {"error": …, "message": …}, or another JSON object."""

    def __init__(
        self, status: int, error: str | Mapping[str, Any], message: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        body = {"error": error, "message": message or error} if isinstance(error, str) else dict(error)
        self.reply = VirtualReply(status, body, headers or {})
        super().__init__(f"{status} {error}")


@dataclass(frozen=True, slots=True)
class Marked:
    """What a decorator records on a handler."""

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
