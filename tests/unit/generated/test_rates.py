"""Every route with a rate: one request too many is refused in the envelope, and told when to come back."""

from collections.abc import Iterator

import pytest
from flask import Flask
from limits import parse

from backend.core.db import db
from backend.core.web import rate_limit
from tests.framework import routes
from tests.framework.application import prepare
from tests.framework.generated_checks import assert_refused
from tests.framework.generated_requests import Caller

RATED = [endpoint for endpoint in routes.every() if endpoint.route.rate]


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """The application with every rate at one request a minute."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_limit, "parse", lambda _: parse("1/minute"))
        app = prepare(routes.application(ratelimit_enabled=True))
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@routes.each(RATED)
def test_beyond_the_rate_a_route_says_when_to_come_back(api, endpoint):
    caller = Caller(api, endpoint)
    body, path = caller.body(), caller.path()

    first, second = caller.send(raw=body, path=path), caller.send(raw=body, path=path)

    assert first.status_code < 429
    assert_refused(second, 429)
    assert 1 <= int(second.headers["Retry-After"]) <= 60
