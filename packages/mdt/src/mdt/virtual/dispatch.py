"""Runs the handlers of a virtual service."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from mdt.callbacks.model import Callback
from mdt.callbacks.sending import send as send_callback
from mdt.engine.datasets import SHARED, DataSets
from mdt.engine.durations import seconds
from mdt.engine.messages import Reply, Request
from mdt.engine.routes import RouteTable, parameters
from mdt.engine.session import Session
from mdt.errors import MdtError, UnknownCallbackError
from mdt.language import Words, _, words_of
from mdt.virtual.handlers import Scheduled, VirtualError, VirtualReply
from mdt.virtual.parameters import arguments, written
from mdt.virtual.routes import HandlerRoute, first_line, routes_of
from mdt.virtual.service import VirtualService

_any: TypeAdapter[Any] = TypeAdapter(Any)
BODILESS = frozenset({204, 205, 304})


class VirtualServiceError(MdtError):
    """A handler failed: the virtual service has a mistake."""


class Dispatcher:
    """One virtual service, as the engine uses it."""

    def __init__(self, service: type[VirtualService], name: str, file: str) -> None:
        self.service = service
        self.name = name
        self.file = file
        self.table: RouteTable[HandlerRoute] = RouteTable(routes_of(service, file))
        self._data = DataSets()
        self._first_states: dict[str, BaseModel] = {}  # by data set
        self.callbacks: Mapping[str, Callback] = {}  # set at loading

    @classmethod
    def load(cls, service: type[VirtualService], name: str, file: str) -> "Dispatcher":
        """Raises TypeError or ValueError if the class is no valid virtual service."""
        service.service = name
        dispatcher = cls(service, name, file)
        if not dispatcher.table.routes:
            raise ValueError(
                _("{service} has no routes; put @get(...) or @post(...) above its functions", service=service.__name__)
            )
        return dispatcher

    @property
    def description(self) -> str:
        """The first line of the class's docstring."""
        return first_line(self.service)

    @property
    def routes(self) -> tuple[HandlerRoute, ...]:
        return self.table.routes

    def openapi(self) -> dict[str, Any]:
        return self.service.openapi()

    def prepare(self, data: DataSets) -> list[Words]:
        """Makes the first state of each session from shared/. Returns its problems; each call fails with them."""
        self._data = data
        self._first_states.clear()
        try:
            self._first_state(SHARED)
        except VirtualServiceError as error:
            return [words_of(error)]
        return []

    def _first_state(self, dataset: str) -> BaseModel:
        """The first state with the rows of a data set. Raises VirtualServiceError if they do not fit."""
        if dataset not in self._first_states:
            self._first_states[dataset] = self._seeded_state(self._data.data(dataset))
        return self._first_states[dataset]

    def _seeded_state(self, shared: Mapping[str, Any]) -> BaseModel:
        files = (self.service.seed,) if isinstance(self.service.seed, str) else self.service.seed
        data: dict[str, Any] = {}
        for file in files:
            stem = file.removeprefix("shared/").rpartition(".")[0]
            if stem not in shared:
                known = ", ".join(sorted(shared)) or _("none")
                raise VirtualServiceError(
                    _("the seed {file!r} does not exist. Seeds lie in shared/: {known}", file=file, known=known)
                )
            data |= _seeded(self.service.State, stem, deepcopy(shared[stem]))
        try:
            return self.service.State.model_validate(data)
        except ValidationError as error:
            name = self.service.__name__
            raise VirtualServiceError(
                _("the seed does not fit {service}.State: {error}", service=name, error=_first(error))
            ) from None

    def find(self, method: str, path: str) -> tuple[HandlerRoute, dict[str, str]] | None:
        for route, values in self.table.find(method, path):
            return route, dict(zip(parameters(route.template), values, strict=True))
        return None

    def answer(self, route: HandlerRoute, path: Mapping[str, str], request: Request, session: Session) -> Reply:
        """Calls the handler with the session's state. Raises VirtualServiceError if it fails."""
        try:
            filled = arguments(route.parameters, request, path)
            if isinstance(filled, VirtualReply):
                return reply_of(filled)
            return self._called(route, filled, request, session)
        except VirtualServiceError:
            raise
        except Exception as error:
            raise VirtualServiceError(f"{type(error).__name__}: {error}") from error

    def _called(self, route: HandlerRoute, filled: dict[str, Any], request: Request, session: Session) -> Reply:
        """Restores the state if the handler raises, even if it raises VirtualError. Schedules the callbacks of its reply."""
        state = session.state[self.name] = self.state(session)
        before = state.model_copy(deep=True)
        instance = self.service(state, session.clock, session.random)
        try:
            instance.before_call(request)
            result = _result(route, route.handler(instance, **filled))
            self._schedule(result.callbacks, request, session)
        except BaseException as error:
            _restore(state, before)
            session.state[self.name] = state
            if isinstance(error, VirtualError):
                return instance.after_call(request, reply_of(error.reply))
            raise
        session.state[self.name] = instance.state
        return instance.after_call(request, reply_of(result))

    def _schedule(self, callbacks: tuple[Scheduled, ...], request: Request, session: Session) -> None:
        """Each is sent when the session's clock reaches it: one without delay as soon as the reply is out."""
        for one in callbacks:
            callback = one.callback
            if isinstance(callback, str):
                if callback not in self.callbacks:
                    raise UnknownCallbackError(callback, self.callbacks)
                callback = self.callbacks[callback]
            send = partial(
                send_callback,
                callback,
                session,
                others=self.callbacks,
                to=one.to,
                data=one.data,
                request=request,
                shared=self._data.of(session),
            )
            about = {"callback": callback.name, "service": callback.service, "copies": 1}
            at = session.clock.now() + timedelta(seconds=seconds(one.after))
            session.clock.alarms.set(at, send, about)

    def state(self, session: Session) -> BaseModel:
        """The session's state; a copy of the first state when first used. It survives a reload of the class if it fits."""
        state = session.state.get(self.name)
        wanted = self.service.State
        if isinstance(state, wanted):
            return state
        first = self._first_state(self._data.name_for(session))
        if isinstance(state, BaseModel):
            try:
                return wanted.model_validate(state.model_dump())
            except ValidationError:
                pass  # a state that does not fit is replaced by the first one
        return first.model_copy(deep=True)


def _seeded(state: type[BaseModel], stem: str, content: Any) -> dict[str, Any]:
    """The values for the field with the file's name; a list becomes a mapping by `id` if the field is one. Without such a
    field, the values for the whole state.
    """
    field = state.model_fields.get(stem)
    if field is None:
        return content if isinstance(content, dict) else {stem: content}
    if isinstance(content, list) and str(field.annotation).startswith(("dict[", "typing.Dict[", "typing.Mapping[")):
        content = {
            str(row.get("id", index)) if isinstance(row, dict) else index: row for index, row in enumerate(content)
        }
    return {stem: content}


def _first(error: ValidationError) -> str:
    one = error.errors(include_url=False)[0]
    place = ".".join(map(str, one["loc"]))
    return f"{place}: {one['msg']}" if place else one["msg"]


def _restore(state: BaseModel, before: BaseModel) -> None:
    """Restores the state in place, because a test may hold it."""
    for part in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__"):
        object.__setattr__(state, part, getattr(before, part))


def _result(route: HandlerRoute, value: Any) -> VirtualReply:
    """Makes the reply of a handler's result: the body of a success; None is an empty reply (204)."""
    if isinstance(value, VirtualReply):
        return value
    status = route.marked.status
    return VirtualReply(204 if value is None and status == 200 else status, _checked(route, value))


def _checked(route: HandlerRoute, value: Any) -> Any:
    """Validates the result against the handler's annotation. Raises VirtualServiceError."""
    if route.answers is None:
        return value
    try:
        return route.answers.validate_python(value, from_attributes=True)
    except ValidationError as error:
        raise VirtualServiceError(
            _(
                "{handler} answers what its annotation {annotation} does not allow: {error}",
                handler=route.handler.__qualname__,
                annotation=written(route.returns, route.handler.__module__),
                error=_first(error),
            )
        ) from None


def reply_of(result: VirtualReply) -> Reply:
    headers = {name.lower(): value for name, value in result.headers.items()}
    body = b"" if result.body is None or result.status in BODILESS else _any.dump_json(result.body, by_alias=True)
    if body:
        headers = {"content-type": "application/json", **headers}
    if result.status not in BODILESS:
        headers = {**headers, "content-length": str(len(body))}
    return Reply(result.status, tuple(headers.items()), body)
