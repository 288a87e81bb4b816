"""What runs in each worker of the production server: the application, and a thread that watches the main process."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import wait
from typing import Any

from backend.core import drain

WATCH_SECONDS = 0.2  # between two checks whether the server is stopping

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Any]


def load_application() -> WsgiApp:
    """The application, in a worker; Ctrl-C in a terminal reaches the main process alone, which tells the workers."""
    os.setsid()
    leaving = threading.Event()
    threading.Thread(target=_watch, args=[leaving], name="stop-watch", daemon=True).start()
    return closing(import_module("wsgi").app, leaving)


def _watch(leaving: threading.Event) -> None:
    """Watch for the drain file; exit if the main process is killed."""
    main_process = multiprocessing.parent_process()
    while main_process and not wait([main_process.sentinel], WATCH_SECONDS):
        if drain.draining():
            leaving.set()
    os.kill(os.getpid(), signal.SIGTERM)


def closing(application: WsgiApp, leaving: threading.Event) -> WsgiApp:
    """`application` that asks clients, from the stop signal on, to open their next connection elsewhere."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return application(environ, _with_close(start_response) if leaving.is_set() else start_response)

    return wrapped


def _with_close(start_response: Callable[..., Any]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *details: Any) -> Any:
        return start_response(status, [*headers, ("Connection", "close")], *details)

    return start
