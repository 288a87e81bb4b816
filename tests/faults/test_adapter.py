"""An operation stays possible for as long as a case may last: however many others are prepared, however old its token is."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from faultlab.clients import Client

from tests.faults.adapters import applications
from tests.faults.conftest import installed

pytestmark = pytest.mark.control
MANY = 25  # more than SESSIONS_PER_USER


@pytest.fixture
def testbed(laboratories):
    found = laboratories(installed()[0]).testbeds[0]
    found.use("quick")
    return found


@pytest.fixture
def prepare(testbed) -> Iterator:
    with testbed.sql.connect() as sql:
        yield lambda: testbed.adapter.prepare(testbed.url, sql, 1)[0]


def status(testbed, operation) -> int | None:
    with closing(Client(testbed.port, 30)) as client:
        return client.send(testbed.adapter.request(operation, None)).status


def test_the_first_one_is_possible_after_many_were_prepared(testbed, prepare):
    first, *_others = [prepare() for _ in range(MANY)]

    assert status(testbed, first) == 201


def test_a_token_is_renewed_before_it_ends(testbed, prepare, monkeypatch):
    operation = prepare()
    before = testbed.adapter.request(operation, None).headers["Authorization"]
    monkeypatch.setattr(applications, "RENEW", 0.0)

    after = testbed.adapter.request(operation, None).headers["Authorization"]

    assert after != before
    assert status(testbed, operation) == 201


def test_a_token_that_cannot_be_renewed_is_used_on(testbed, prepare, monkeypatch):
    operation = prepare()
    before = testbed.adapter.request(operation, None).headers["Authorization"]
    monkeypatch.setattr(applications, "RENEW", 0.0)
    monkeypatch.setattr(applications, "LOGIN", "/nowhere")

    assert testbed.adapter.request(operation, None).headers["Authorization"] == before
