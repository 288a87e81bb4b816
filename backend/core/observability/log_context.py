"""Which request, or which job on behalf of which request, this thread works for: its id goes into log lines and to partners."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from backend.core import running

_job: ContextVar[dict[str, Any] | None] = ContextVar("log_context", default=None)


def fields() -> dict[str, Any]:
    """What every log line of the job that runs carries; nothing outside of one."""
    return _job.get() or {}


def request_id() -> str:
    """The id of the request that runs, or of the one that asked for the job that runs; empty outside of both."""
    return str(running.request_state().get("request_id") or fields().get("request_id") or "")


@contextmanager
def working_for(request_id: str, **values: Any) -> Iterator[None]:
    """Within the block, log lines carry these values and the id of the request that asked for it, if one did."""
    token = _job.set(values | ({"request_id": request_id} if request_id else {}))
    try:
        yield
    finally:
        _job.reset(token)
