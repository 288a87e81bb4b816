"""Outages of a private server that end when their block ends, also if the test in it fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event
from testdb.server import Control

from backend.core.db import db
from tests.framework.waiting import HANG

ENDINGS = ("stop", "kill")


@contextmanager
def ended(control: Control, how: str) -> Iterator[None]:
    """The server is stopped in order or killed; started again at the end of the block."""
    getattr(control, how)()
    try:
        yield
    finally:
        control.start()
        control.wait_ready(HANG)


@contextmanager
def frozen(control: Control) -> Iterator[None]:
    """The server accepts connections, for the kernel does that, and answers nothing."""
    control.pause()
    try:
        yield
    finally:
        control.resume()


@contextmanager
def attempts_to_connect(app: Flask) -> Iterator[list[None]]:
    """One entry for each time that the application's pool goes to the server for a new connection."""
    attempts: list[None] = []

    def note(*_: object) -> None:
        attempts.append(None)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "do_connect", note)
    yield attempts
    event.remove(engine, "do_connect", note)
