"""Routes that only this suite has: they bring transactions into each other's way at a known moment.

They are registered like a module's, with an access word and a place in the document that answers are held against.
"""

from threading import Barrier

from flask import Flask, current_app, g
from pydantic import BaseModel

from backend.core.db import db
from backend.core.errors import DuplicateError
from backend.core.security.access import public
from backend.core.web import routing
from backend.core.web.route import Route
from backend.modules.users import service as users
from backend.modules.users.model import User
from tests.framework.waiting import HANG

MEETING = "probe_meeting"
PATH = "/api/v1/probe"


ENDLESS_SELECT = (
    "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c"
)


class NewUser(BaseModel):
    openid: str


def write_twice(first: int, second: int) -> None:
    """Write to two users, and between the two writes wait for a twin that writes to them the other way round"""
    users.update_profile(first, {"nickname": f"first {first}"})
    _meet()
    users.update_profile(second, {"nickname": f"first {first}"})


def write_in_savepoint(first: int, second: int) -> None:
    """The same, with the second write in a savepoint, of which a deadlock leaves nothing"""
    users.update_profile(first, {"nickname": f"first {first}"})
    _meet()
    with users.users.transaction():
        users.update_profile(second, {"nickname": f"first {first}"})


def write_twice_once(first: int, second: int) -> None:
    """The same, on a route that is not run again"""
    write_twice(first, second)


def _meet() -> None:
    """Wait for the twin; a replay of the same request comes alone."""
    if not g.get("has_met"):
        g.has_met = True
        current_app.extensions[MEETING].wait(HANG)


def store(body: NewUser) -> None:
    """Store a user through the repository"""
    users.users.create(openid=body.openid)


def store_without_repository(body: NewUser) -> None:
    """Store a user past the repository, so that the database's own error meets the error handler"""
    db.session.add(User(openid=body.openid))
    db.session.flush()


def read_for_ever() -> None:
    """Read more than anybody waits for; sleeping would not do, MySQL takes an interrupted SLEEP for a success"""
    db.session.execute(db.text(ENDLESS_SELECT))


def write_for_ever() -> None:
    """Keep the server busy with what is no SELECT: MySQL's statement timeout leaves that alone"""
    db.session.execute(db.text(f"UPDATE users SET nickname = SLEEP({HANG})"))


ROUTES = [
    Route("GET", f"{PATH}/endless", read_for_ever, public),
    Route("POST", f"{PATH}/endless", write_for_ever, public),
    Route("PATCH", f"{PATH}/pair/<id:first>/<id:second>", write_twice, public),
    Route("POST", f"{PATH}/pair/<id:first>/<id:second>", write_twice_once, public),
    Route("PATCH", f"{PATH}/nested/<id:first>/<id:second>", write_in_savepoint, public),
    Route("POST", f"{PATH}/users", store, public, raises=[DuplicateError]),
    Route("POST", f"{PATH}/raw-users", store_without_repository, public, raises=[DuplicateError]),
]


def register(app: Flask) -> None:
    routing.register(app, "probe", ROUTES)


def let_meet(app: Flask, count: int = 2) -> None:
    """From now on `count` requests wait for each other between their two writes."""
    app.extensions[MEETING] = Barrier(count)
