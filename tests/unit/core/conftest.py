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

from backend.core.observability.logging import configure
from backend.settings import Settings
from tests.unit.core.http_support import FakeTime, Stock, fake_time  # noqa: F401 - a fixture
from tests.unit.core.support import application, no_pauses


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
