"""Fixtures of the tests of core: applications made on the spot, everything that is logged, every line that is printed."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import event

from backend.core.db import db
from backend.core.observability.logging import configure
from backend.settings import Settings
from tests.unit.core.http_support import FakeTime, Stock, fake_time  # noqa: F401 - a fixture
from tests.unit.core.support import Thing, Things, application, no_pauses


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """Whoever sets logging up anew leaves it as it was."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def build(logging_restored: None) -> Iterator[Callable[..., Flask]]:
    """`build(routes, docs_enabled=False)`: an application with other settings, for this test alone."""
    with ExitStack() as stack:
        yield lambda routes=(), **changed: stack.enter_context(application(routes, **changed))


@pytest.fixture
def events(logging_restored: None) -> Iterator[list[Any]]:
    """Every event that is logged, at every level."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
def repository(session: None) -> Things:
    return Things()


@pytest.fixture
def shelf(repository: Things) -> list[Thing]:
    """Five things: a to e, red and blue in turns, the last without a colour."""
    colours = {"a": "red", "b": "blue", "c": "red", "d": "blue", "e": None}
    return [repository.create(name=name, colour=colour) for name, colour in colours.items()]


@pytest.fixture
def statements(session: None) -> Iterator[list[str]]:
    """The first word of each statement that reached the database."""
    sent: list[str] = []

    def note(*arguments: Any) -> None:
        sent.append(arguments[2].split()[0])

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def output(logging_restored: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """The bytes that logging as in production writes."""
    written = io.BytesIO()
    text = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", text)
        configure(Settings(log_format="json", log_level="DEBUG"))
    yield written
    text.close()


@pytest.fixture
def printed(output: io.BytesIO) -> Callable[[], list[dict[str, Any]]]:
    """What was logged so far: each line, read as JSON."""
    return lambda: [json.loads(line) for line in output.getvalue().splitlines()]


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow each other at once."""
    no_pauses(monkeypatch)


@pytest.fixture
def stock(settings: Settings, fake_time: FakeTime) -> Stock:  # noqa: F811
    """The client of a service that answers what the test says."""
    return Stock(settings)
