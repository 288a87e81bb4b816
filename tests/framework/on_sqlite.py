"""The application on SQLite in memory, one for a whole run: what the suites without a database server import.

`.env.unit` is loaded before anything of `backend` is imported.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
os.environ.update({name: value or "" for name, value in dotenv_values(ROOT / ".env.unit").items()})
gc.disable()  # what is imported stays: to look through it again and again takes a fifth of the start

from flask import Flask  # noqa: E402

from backend import create_app  # noqa: E402
from backend.core.db import db  # noqa: E402
from backend.settings import Settings, load_settings  # noqa: E402
from tests.framework.application import *  # noqa: E402, F403
from tests.framework.application import prepare  # noqa: E402

gc.enable()
gc.freeze()


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    app = prepare(create_app(settings))
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()
