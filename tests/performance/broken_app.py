"""The application with mistakes in `/health`, which a load test must notice: FAULTS says which; NO_LOGIN_SECONDS: nobody logs in at first."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from backend import create_app
from backend.settings import load_settings

KEPT: list[Any] = []
NEVER = threading.Event()


def leak() -> None:
    """Keeps something of every request."""
    KEPT.append(os.urandom(50_000))


def stall() -> None:
    """One request in twenty gets no answer."""
    KEPT.append(None)
    if len(KEPT) % 20 == 0:
        NEVER.wait()


def threads() -> None:
    """Leaves a thread behind in one request of ten."""
    KEPT.append(None)
    if len(KEPT) % 10 == 0:
        threading.Thread(target=NEVER.wait, daemon=True).start()


def descriptors() -> None:
    """Never closes what it opens."""
    KEPT.append(os.open(os.devnull, os.O_RDONLY))


MISTAKES: dict[str, Callable[[], None]] = {each.__name__: each for each in (leak, stall, threads, descriptors)}
no_login_until = time.monotonic() + float(os.environ.get("NO_LOGIN_SECONDS", "0"))
mistakes = [MISTAKES[name] for name in os.environ["FAULTS"].split()]
application = create_app(load_settings())


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/health":
        for mistake in mistakes:
            mistake()
    if environ["PATH_INFO"].endswith("/login") and time.monotonic() < no_login_until:
        start_response("503 Service Unavailable", [])
        return [b""]
    return application(environ, start_response)
