"""The application seen by a client: calls that are checked against the OpenAPI document, and users to make them with."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from backend.core.db import db
from backend.core.security import tokens
from backend.modules.auth import refresh_tokens
from backend.modules.auth import service as auth
from backend.modules.users import service as users
from tests.framework import api_coverage, contract
from tests.framework.query_count import no_repeated_query

NUMBERS = count(1)  # of the users that this process made


@dataclass(frozen=True, slots=True)
class Actor:
    """A user who is logged in."""

    id: int
    session_id: int
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


class Api:
    """`api.get("/health")`, `api.post(path, json=..., by=actor)`; each answer must be one that the document promises."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._client = app.test_client()

    def call(self, method: str, path: str, by: Actor | None = None, **arguments: Any) -> TestResponse:
        headers = {**(by.headers if by else {}), **arguments.pop("headers", {})}
        with no_repeated_query(f"{method} {path}"):
            response = self._client.open(path, method=method, headers=headers, **arguments)
        contract.check(self.app, response)
        api_coverage.note(self.app, response, arguments)
        return response

    def get(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("POST", path, **arguments)

    def put(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("PUT", path, **arguments)

    def patch(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("PATCH", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> TestResponse:
        return self.call("DELETE", path, **arguments)

    def login(self, role: str = "member", openid: str | None = None, **values: Any) -> Actor:
        """A user of this role, stored and logged in."""
        with self.app.app_context():
            if openid is None:
                user = users.users.create(openid=f"openid-{next(NUMBERS)}", role=role, **values)
            else:
                user = users.users.update(users.get_or_create(openid), role=role, **values)
            token = refresh_tokens.new()
            session = auth.sessions.create(user_id=user.id, expires_at=auth._session_end(auth.utcnow()))
            auth.issued.create(session_id=session.id, token_hash=refresh_tokens.digest(token))
            db.session.commit()
            return Actor(user.id, session.id, tokens.issue(user.id, session.id), token)


def assert_come_back(answer: TestResponse) -> None:
    """The answer is that of a service that is not available for the moment, and says when to come back."""
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["code"] == 0
    assert int(answer.headers["Retry-After"]) >= 1
