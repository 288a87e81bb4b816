"""Routes requests of the admin API to their handlers, by a table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from mdt.engine.messages import Fault, Reply
from mdt.errors import MdtError
from mdt.language import LANGUAGES, _, language, sentences, speaking
from mdt.server.addresses import host_of
from mdt.server.admin import callback_views, drafts, environments, page, session_views, stub_views, views
from mdt.server.admin.call import AdminCall, AdminError, Guard, Parts, as_json, refused
from mdt.server.admin.document import document
from mdt.server.exchange import Incoming, ServerAnswer, Stream
from mdt.server.headers import asked
from mdt.suggest import did_you_mean

type Handler = Callable[[AdminCall], ServerAnswer]


@dataclass(frozen=True, slots=True)
class AdminRoute:
    """One line of the table. `open`: the handler checks the token itself, or needs none. `writes`: it touches files."""

    method: str
    template: str
    handler: Handler
    open: bool = False
    writes: bool = False


def _openapi(_call: AdminCall) -> ServerAnswer:
    return as_json(document((route.method, route.template) for route in TABLE))


TABLE: tuple[AdminRoute, ...] = (
    AdminRoute("GET", "/", page.page, open=True),
    AdminRoute("GET", "/create", page.create, open=True),
    AdminRoute("POST", "/drafts/paste", drafts.paste, writes=True),
    AdminRoute("POST", "/drafts/preview", drafts.preview, writes=True),
    AdminRoute("POST", "/drafts", drafts.write, writes=True),
    AdminRoute("GET", "/health", views.health, open=True),
    AdminRoute("GET", "/openapi.json", _openapi),
    AdminRoute("GET", "/ca.pem", views.authority),
    AdminRoute("GET", "/events", views.events),
    AdminRoute("POST", "/reload", views.reload),
    AdminRoute("GET", "/services", views.services),
    AdminRoute("GET", "/services/{name}/openapi.json", views.openapi),
    AdminRoute("GET", "/environments", environments.every),
    AdminRoute("GET", "/services/{name}/credentials", callback_views.credentials),
    AdminRoute("GET", "/sessions", session_views.every),
    AdminRoute("POST", "/sessions", session_views.begin),
    AdminRoute("GET", "/sessions/{id}", session_views.one),
    AdminRoute("DELETE", "/sessions/{id}", session_views.close),
    AdminRoute("PUT", "/sessions/{id}/scenarios", session_views.choose),
    AdminRoute("PATCH", "/sessions/{id}/scenarios", session_views.change),
    AdminRoute("PUT", "/sessions/{id}/environment", session_views.enter),
    AdminRoute("POST", "/sessions/{id}/reset", session_views.reset),
    AdminRoute("POST", "/sessions/{id}/clock", session_views.clock),
    AdminRoute("GET", "/sessions/{id}/journal", session_views.journal),
    AdminRoute("GET", "/sessions/{id}/journal/{number}", session_views.entry),
    AdminRoute("GET", "/sessions/{id}/near-misses", session_views.near_misses),
    AdminRoute("GET", "/sessions/{id}/callbacks", callback_views.every),
    AdminRoute("POST", "/sessions/{id}/callbacks", callback_views.begin),
    AdminRoute("DELETE", "/sessions/{id}/callbacks", callback_views.clear),
    AdminRoute("GET", "/sessions/{id}/stubs", stub_views.every),
    AdminRoute("POST", "/sessions/{id}/stubs", stub_views.add),
    AdminRoute("DELETE", "/sessions/{id}/stubs", stub_views.clear),
    AdminRoute("GET", "/sessions/{id}/stubs/{stub}", stub_views.one),
    AdminRoute("DELETE", "/sessions/{id}/stubs/{stub}", stub_views.remove),
    AdminRoute("POST", "/sessions/{id}/called", stub_views.called),
    AdminRoute("PUT", "/sessions/{id}/states", stub_views.move),
)


class AdminApp:
    """Answers requests below /_mdt."""

    def __init__(self, parts: Parts, guard: Guard) -> None:
        self._parts = parts
        self._guard = guard

    def answer(self, incoming: Incoming, host: str, path: str, query: str) -> ServerAnswer:
        args = parse_qs(query, keep_blank_values=True)
        with speaking(_wanted(incoming, args)):
            try:
                answer = self._answer(incoming, host, path.removeprefix("/_mdt"), args)
            except MdtError as error:
                return refused(error)
            return _awaited(answer, language()) if isinstance(answer, Awaitable) else answer

    def _answer(self, incoming: Incoming, host: str, path: str, args: Mapping[str, list[str]]) -> ServerAnswer:
        if not path:
            return Reply(308, (("location", "/_mdt/"),))
        line, values = _found(incoming.method, path)
        if line is not None and line.open:
            self._guard.check_page(incoming.headers, host)
        else:
            self._guard.check(incoming.headers, host)
        if line is not None and line.writes:
            self._guard.check_writer(incoming.headers, host, self._parts.host)
        if line is None:
            raise _missing(incoming.method, path)
        trusted = self._guard.token is None or self._guard.knows_token(incoming.headers)
        _check_language(args)
        return line.handler(AdminCall(self._parts, incoming, values, args, host_of(host), trusted))


async def _awaited(answer: Awaitable[Reply | Fault | Stream], spoken: str) -> Reply | Fault | Stream:
    with speaking(spoken):
        try:
            return await answer
        except MdtError as error:
            return refused(error)


def _wanted(incoming: Incoming, args: Mapping[str, list[str]]) -> str | None:
    """The language of ?lang=, else of Accept-Language; None means the server's."""
    given = args.get("lang", [""])[-1]
    return given if given in LANGUAGES else asked(incoming.headers)


def _check_language(args: Mapping[str, list[str]]) -> None:
    given = args.get("lang", [LANGUAGES[0]])[-1]
    if given not in LANGUAGES:
        raise AdminError(
            422, "bad-query", _("lang is one of {known}, not {given!r}", known=", ".join(LANGUAGES), given=given)
        )


def _found(method: str, path: str) -> tuple[AdminRoute | None, dict[str, str]]:
    wanted = "GET" if method == "HEAD" else method
    for line in TABLE:
        if line.method == wanted and (values := _values(line.template, path)) is not None:
            return line, values
    return None, {}


def _values(template: str, path: str) -> dict[str, str] | None:
    """The parameters of a path; None if the template does not fit."""
    wanted, got = template.split("/"), path.split("/")
    if len(wanted) != len(got):
        return None
    values = {}
    for one, text in zip(wanted, got, strict=True):
        if one.startswith("{"):
            values[one[1:-1]] = unquote(text)
        elif one != text:
            return None
    return values


def _missing(method: str, path: str) -> AdminError:
    others = [line.method for line in TABLE if _values(line.template, path) is not None]
    if others:
        return AdminError(
            405,
            "wrong-method",
            _("/_mdt{path} knows {methods}, not {method}", path=path, methods=", ".join(others), method=method),
        )
    templates = sorted({line.template for line in TABLE})
    return AdminError(
        404, "not-found", sentences(_("There is no /_mdt{path}.", path=path), did_you_mean(path, templates))
    )
