"""The Python API: mock_scenario, sequence, send, wrap, carry, session_headers, as_requests_mock."""

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextvars import Token
from functools import wraps
from types import TracebackType
from typing import Any, Self

from mdt.callbacks.deliveries import Sending
from mdt.engine.choice import Selectable, Sequence
from mdt.engine.expectations import RUNNING_TEST
from mdt.engine.session import Session
from mdt.errors import MdtError, NoSessionError
from mdt.inprocess.active_block import CURRENT, HEADER, ActiveBlock, carry, current, wrap
from mdt.inprocess.blocks import BlockOptions, Overlay, close_block, open_block
from mdt.inprocess.callbacks import Callbacks
from mdt.inprocess.folders import Definitions, engine_for
from mdt.inprocess.handle import Mocks, flat
from mdt.inprocess.verification import UnusedScenarioError, Usage, finish, problems
from mdt.language import _

__all__ = [
    "Mocks",
    "UnusedScenarioError",
    "as_requests_mock",
    "carry",
    "default_scenarios",
    "mock_scenario",
    "send",
    "sequence",
    "session_headers",
    "wrap",
]


def sequence(*names: str) -> Sequence:
    """Plays scenarios of one service, one for each call; the last one stays."""
    return Sequence(names)


class mock_scenario:  # noqa: N801 - reads like the function that it is for its users
    """Plays named scenarios to client libraries in the process: `with`, `async with`, or a decorator.

    names: "service.scenario", a composition, sequence(...), or lists of them; record(...) and replay(...).
    strict: scenarios that are never used are an error at the end. mocks: the folder of definitions, by default mocks/
    here or above. seed: of the session's random numbers. allow_hosts: hosts that are called for real, "name" or
    "name:port"; all others that no service owns are refused. env: an environment of mdt.yaml. dataset: a folder of
    datasets/, in place of the environment's; "shared" is shared/ alone.

    Inside another block it plays in that block's session, over its choice, until it ends.
    Raises UnmatchedRequestError where a call has no answer, and again at the end, with all reports.
    """

    def __init__(
        self,
        *names: Selectable | Overlay,
        strict: bool | None = None,
        mocks: Definitions | None = None,
        seed: int | str | None = None,
        allow_hosts: str | Iterable[str] = (),
        env: str | None = None,
        dataset: str | None = None,
    ) -> None:
        hosts = allow_hosts if isinstance(allow_hosts, str) else tuple(allow_hosts)
        overlays = tuple(name for name in names if isinstance(name, Overlay))
        wanted = flat(tuple(name for name in names if not isinstance(name, Overlay)))
        self._names: list[str | Sequence] | None = None if overlays and not wanted else wanted
        self._options = BlockOptions(strict, mocks, seed, hosts, env, dataset, overlays)
        self._block: _Block | None = None

    def __enter__(self) -> Mocks:
        if self._block is not None:
            raise MdtError(
                _("This mock_scenario is in use already. Make another one: mock_scenario(...) for each block.")
            )
        self._block = _Block(self._names, self._options)
        return self._block.handle

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        block, self._block = self._block, None
        if block is None:
            raise MdtError(_("This mock_scenario is not in use, and cannot be left."))
        block.leave(error)

    async def __aenter__(self) -> Mocks:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _again(self) -> Self:
        """A block with the same scenarios, for one call of a decorated function."""
        other = copy.copy(self)
        other._block = None  # noqa: SLF001 - our own
        return other

    def __call__[**P, R](self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorates a function: each call runs in a new block."""
        _check_function(function)
        if inspect.iscoroutinefunction(function):
            return self._around_coroutine(function)

        @wraps(function)
        def played(*args: P.args, **kwargs: P.kwargs) -> R:
            with self._again():
                return function(*args, **kwargs)

        return played

    def _around_coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        async def played(*args: Any, **kwargs: Any) -> Any:
            async with self._again():
                return await function(*args, **kwargs)

        return played


def _check_function(function: Any) -> None:
    name = getattr(function, "__qualname__", repr(function))
    if isinstance(function, type | staticmethod | classmethod) or not callable(function):
        raise MdtError(
            _(
                "mock_scenario decorates functions and methods, not {name}. Decorate each method of a class, "
                "below @staticmethod and @classmethod.",
                name=name,
            )
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise MdtError(
            _(
                "{name} is a generator: its body runs after the decorator. Write `with mock_scenario(...)` in it.",
                name=name,
            )
        )


class _Block:
    """One use of a block, from its beginning to its end."""

    def __init__(self, names: list[str | Sequence] | None, options: BlockOptions) -> None:
        self._overlays = options.overlays
        self._active = open_block(names, options)
        self._usage = Usage(self._active)
        self.handle = Mocks(self._active, self._usage)
        self._before = CURRENT.get()
        self._token: Token[ActiveBlock | None] = CURRENT.set(self._active)

    def leave(self, failing: BaseException | None) -> None:
        self._give_back()
        lost = close_block(self._active)
        for overlay in self._overlays:
            overlay.end()
        self._usage.stop()
        unmet = self._usage.unmet()
        finish([*lost, *problems(self._active, unmet)], failing)
        if failing is None and self._active.told:
            RUNNING_TEST.tell_void(unmet)

    def _give_back(self) -> None:
        try:
            CURRENT.reset(self._token)
        except ValueError:  # left in another context than entered, as generators of fixtures do
            CURRENT.set(self._before)


def default_scenarios(**options: Any) -> mock_scenario:
    """A block in which each service plays its default until m.switch(...). Keywords are those of mock_scenario."""
    block = mock_scenario(**options)
    block._names = None  # noqa: SLF001 - our own
    return block


def send(
    name: str,
    *,
    client: Any = None,
    to: str | None = None,
    data: Mapping[str, Any] | None = None,
    mocks: Definitions | None = None,
) -> Sending:
    """Sends a callback, "payment.duplicate", in the session of this context, or in one of its own outside a block.

    client: a test client of Flask, Werkzeug or Django, or a client of httpx, Starlette or requests. to: a URL in place of the
    callback's own; without a path it only takes the place of scheme and host. data: `data` of the templates. mocks: the
    folder of definitions outside a block. What is delayed waits for the session's clock: m.clock.advance(minutes=15).
    Raises UnknownCallbackError and MdtError.
    """
    active = current()
    engine = active.engine if active else engine_for(mocks)
    session = active.session if active else Session("send")
    return Callbacks(session, engine.catalog).send(name, client=client, to=to, data=data)


def session_headers() -> dict[str, str]:
    """{"X-Mdt-Session": id} of this context's session, for other processes. Raises NoSessionError without a session."""
    active = current()
    if active is None:
        raise NoSessionError(_("There is no session here. Call session_headers() inside `with mock_scenario(...)`."))
    return {HEADER: active.session.id}


def as_requests_mock(mocker: Any) -> Any:
    """Lets a requests_mock.Mocker, or its pytest fixture, answer from the session. Returns the mocker.

    Matchers that are registered later come first. Hosts without a service are left to the mocker.
    """
    from mdt.inprocess.requests_mock_matcher import SessionMatcher

    mocker.add_matcher(SessionMatcher())
    return mocker
