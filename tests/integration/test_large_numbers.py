"""A whole number that no column holds is the client's mistake, also where a schema lets any number through."""

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel
from sqlalchemy import update

from backend.core.security.access import public
from backend.core.web import routing
from backend.core.web.route import Route
from backend.modules.users import service as users
from backend.modules.users.model import User
from tests.integration.support.applications import MakeApp
from tests.integration.support.sql import Sql

TOO_LARGE = [2**63, -(2**63) - 1, 10**30, 10**100, 10**4000]
PATH = "/api/v1/large-numbers"

pytestmark = pytest.mark.usefixtures("real_commits")


class Number(BaseModel):
    number: int


def find(query: Number) -> int:
    """Count the users with this id"""
    return users.users.count(id=query.number)


def store(body: Number) -> None:
    """Store a user with this id"""
    users.users.create(id=body.number, openid="o-1")


def renumber(body: Number) -> None:
    """Give every user this id, past what a repository lets be changed"""
    users.users.session.execute(update(User).values(id=body.number))


def show(number: int) -> int:
    """The number of the path"""
    return number


ROUTES = [
    Route("GET", PATH, find, public),
    Route("POST", PATH, store, public),
    Route("PATCH", PATH, renumber, public),
    Route("GET", f"{PATH}/<int:number>", show, public),
]


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    routing.register(app, "large_numbers", ROUTES)
    with app.app_context():
        users.users.create(openid="o-0")
        users.users.session.commit()
    return app.test_client()


@pytest.mark.parametrize("number", TOO_LARGE, ids=lambda number: f"{number.bit_length()} bits")
class TestTooLarge:
    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    def test_to_be_stored_is_422_and_changes_nothing(self, client: FlaskClient, sql: Sql, method: str, number: int):
        before = sql.rows(f"SELECT id, openid FROM {User.__tablename__}")

        response = client.open(PATH, method=method, json={"number": number})

        assert response.status_code == 422
        assert response.get_json()["data"]["detail"][0]["loc"] == ["body"]
        assert sql.rows(f"SELECT id, openid FROM {User.__tablename__}") == before

    def test_to_be_looked_for_is_found_nowhere(self, client: FlaskClient, number: int):
        """The server compares numbers of any size; SQLite cannot, and answers 422."""
        response = client.get(f"{PATH}?number={number}")

        assert (response.status_code, response.get_json()["data"]) == (200, 0)

    def test_in_a_path_is_404(self, client: FlaskClient, number: int):
        assert client.get(f"{PATH}/{number}").status_code == 404
