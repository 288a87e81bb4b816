"""Orders through the mock server: the session's header goes through the application, so that tests share one server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from mdt.server.client import Client
from mdt.server.runner import serving

from tests.framework.api import Api
from tests.integration.support.applications import MakeApp
from tests.integration.support.concurrency import at_once

ROOT = Path(__file__).resolve().parents[3]
PATH = "/api/v1/orders"
WANTED = {"product_id": "prod123", "quantity": 1, "note": ""}
EXPECTED = {"inventory.available": 201, "inventory.outOfStock": 409, "inventory.virtual": 201, "user.forbidden": 403}

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, str | None]]:
    """Address and token of a mock server: that of `mdt test integration --with-mocks` if this runs in it, else our own."""
    if address := os.environ.get("MDT_SERVER"):
        yield address, os.environ.get("MDT_TOKEN")
        return
    with serving(ROOT / "mocks") as own:
        yield own.url, own.token


@pytest.fixture
def mocks(server: tuple[str, str | None]) -> Client:
    return Client(*server)


@pytest.fixture
def connected(make_app: MakeApp, server: tuple[str, str | None]):
    """The application, with the server in the place of the three services."""
    url = server[0]
    return make_app(
        inventory_url=f"{url}/inventory", user_service_url=f"{url}/user", notification_url=f"{url}/notification"
    )


def test_each_request_meets_the_scenario_of_its_session(connected, mocks):
    """As many at once as the application lets wait for services."""
    sessions = {name: mocks.open(names=[name])["id"] for name in EXPECTED}
    owners = {name: Api(connected).login() for name in EXPECTED}

    def order(name: str) -> int:
        headers = {"X-Mdt-Session": sessions[name]}
        return Api(connected).post(PATH, json=WANTED, by=owners[name], headers=headers).status_code

    for _ in range(3):
        assert dict(zip(EXPECTED, at_once(len(EXPECTED), lambda i: order([*EXPECTED][i])), strict=True)) == EXPECTED
    for session in sessions.values():
        assert mocks.near_misses(session) == []
        mocks.close(session)


def test_stock_of_one_session_is_not_that_of_another(connected, mocks):
    one, other = (mocks.open(names=["inventory.virtual"])["id"] for _ in range(2))
    owner = Api(connected).login()
    everything = WANTED | {"quantity": 100}

    def order(session: str) -> int:
        return Api(connected).post(PATH, json=everything, by=owner, headers={"X-Mdt-Session": session}).status_code

    assert [order(one), order(one), order(other)] == [201, 409, 201]
    mocks.advance(one, minutes=15)
    assert [order(one), order(other)] == [201, 409]


def test_twins_with_one_key_hold_the_goods_once(connected, mocks):
    """All that there is, twice at the same moment and once more: the inventory knows the repeat."""
    session = mocks.open(names=["inventory.virtual"])["id"]
    owner = Api(connected).login()
    headers = {"X-Mdt-Session": session, "Idempotency-Key": "one-key"}

    def order(_: int):
        return Api(connected).post(PATH, json=WANTED | {"quantity": 100}, by=owner, headers=headers)

    answers = [*at_once(2, order), order(0)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json["data"]["number"] for answer in answers}) == 1
    mocks.close(session)
