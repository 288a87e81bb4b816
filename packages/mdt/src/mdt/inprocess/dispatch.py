"""Answers one call: finds its session and asks the engine. Raises if nothing answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import lru_cache
from urllib.parse import urlsplit

from mdt.engine.messages import Fault, Passthrough, PassthroughListener, Reply, Request
from mdt.engine.outcome import Unmatched
from mdt.engine.routes import allowed, decoded, host_name
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess.active_block import ACTIVE, CURRENT, ActiveBlock, owner
from mdt.inprocess.answer_tap import fault_of
from mdt.language import _

type Dispatched = Reply | Fault | Passthrough | None  # None: let it through, because its host is allowed

_passing: ContextVar[bool] = ContextVar("mdt-passing", default=False)
_passings: list[Token[bool]] = []


def untouched() -> bool:
    """Whether mdt leaves the call alone: no block is open, or a session has let it through."""
    return (CURRENT.get() is None and not ACTIVE) or _passing.get()


def letting_through() -> bool:
    """Whether any call is being let through now. Event loops look up names in threads that do not know the task."""
    return bool(_passings)


_listener: ContextVar[PassthroughListener | None] = ContextVar("mdt-listener", default=None)


def listener() -> PassthroughListener | None:
    """Who wants to hear the answer of the call that is being let through."""
    return _listener.get()


@contextmanager
def passing(outcome: Passthrough | None = None) -> Iterator[None]:
    """Lets calls inside go to the network; no session answers them. The outcome's listener hears if there is no answer."""
    token = _passing.set(True)
    _passings.append(token)
    heard = _listener.set(outcome.listener if outcome else None)
    try:
        yield
    except Exception as error:
        if outcome and outcome.listener and not isinstance(error, MdtError):
            outcome.listener.failed(fault_of(error))
        raise
    finally:
        _listener.reset(heard)
        _passings.remove(token)
        _passing.reset(token)


def answer(request: Request) -> Dispatched:
    """The session's answer. Raises UnmatchedRequestError and NoSessionError; then nothing reaches the network."""
    block = _owner(request)
    return None if _lets_through(block, request.host) else _handled(request, block)


def is_let_through(request: Request) -> bool:
    """Whether it goes to an allowed host; its body does not matter. Raises NoSessionError."""
    return _lets_through(_owner(request), request.host)


def _owner(request: Request) -> ActiveBlock:
    return owner(f"{request.method} {request.url}", request.headers)


def _lets_through(block: ActiveBlock, host: str) -> bool:
    return bool(block.allow_hosts) and not block.engine.knows(host) and allowed(host, block.allow_hosts)


def answer_again(request: Request) -> Reply | Fault:
    """The answer to a retry by the client library. Raises MdtError if it would go to the real service."""
    outcome = answer(request)
    if outcome is None or isinstance(outcome, Passthrough):
        call = f"{request.method} {request.url}"
        raise MdtError(_("{call}: a retry cannot go on to the real service; select one answer.", call=call))
    return outcome


def _handled(request: Request, block: ActiveBlock) -> Dispatched:
    outcome = block.engine.handle(request, block.session)
    if isinstance(outcome, Unmatched):
        block.unmatched.append(outcome.near_miss)
        raise UnmatchedRequestError((outcome.near_miss,))
    return outcome


DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(1024)
def split(url: str) -> tuple[str, str, str, str]:
    """Splits a URL as mdt.Request needs it: the URL without user and password, host, decoded path, raw query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host_name(host)
    port = parts.port
    host = host if port in {None, DEFAULT_PORTS.get(parts.scheme)} else f"{host}:{port}"
    if "@" in parts.netloc:
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return url, host, decoded(parts.path) or "/", parts.query
