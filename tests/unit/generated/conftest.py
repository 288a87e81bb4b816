"""The generated tests run on the application with every door open: see tests/framework/routes.py."""

from collections.abc import Iterator

import pytest
from flask import Flask

from backend.core.db import db
from tests.framework import routes
from tests.framework.application import prepare


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    app = prepare(routes.application())
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()
