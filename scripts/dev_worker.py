"""One version of the application for `make run`: serves on a socket that it was given until it is told to stop.

`python -m scripts.dev_worker LISTENER READY LIFE`: numbers of open files. It writes a byte to READY when it serves, and stops
when LIFE ends, so it outlives no parent. Exit 2, with the reason on the terminal, if this version cannot serve.
"""

import logging
import os
import signal
import sys
import threading
import time

from werkzeug.serving import BaseWSGIServer, make_server

from backend import create_app
from backend.core.db import monitor as db_monitor
from backend.core.jobs import setup as jobs
from backend.settings import load_settings
from scripts.dev_database import prepare
from scripts.plain_errors import run_plainly

LAST_ANSWERS = 5  # seconds for requests that are being answered when it is told to stop


def main(listener: int, ready: int, life: int) -> None:
    """Serve until the file `life` ends or SIGTERM comes."""
    settings = load_settings()
    app = create_app(settings)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    print(f"[4/4] Database: {prepare(app)}", flush=True)
    app.extensions[db_monitor.EXTENSION].start()
    server = make_server(settings.host, settings.port, app, threaded=True, fd=listener)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    threading.Thread(target=stop_at_end_of, args=(life, server), daemon=True).start()
    os.write(ready, b"1")
    jobs.start(app, settings)
    server.serve_forever()
    finish_answers()
    jobs.stop(app)


def stop_at_end_of(life: int, server: BaseWSGIServer) -> None:
    """Stop when the parent has closed the other end, or has ended."""
    os.read(life, 1)
    server.shutdown()


def finish_answers() -> None:
    """Wait for the threads that answer a request."""
    end = time.monotonic() + LAST_ANSWERS
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(max(0, end - time.monotonic()))


if __name__ == "__main__":
    run_plainly(lambda: main(*map(int, sys.argv[1:])))
