"""Access: who gets in by which word, and what the others are told."""

import pytest
from flask import Flask, Request, Response, g

from backend.core.security.access import (
    Access,
    Principal,
    permission,
    public,
    signature,
    use_principal_loader,
    use_signature,
    user,
)
from backend.core.security.tokens import Claims, issue
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import application

READER, WRITER, ENDED = 1, 2, 3
PERMISSIONS = {READER: frozenset({"books:read"}), WRITER: frozenset({"books:read", "books:write"})}


def open_() -> None: ...


def who(principal: Principal) -> dict[str, object]:
    assert g.principal is principal
    return {"user": principal.user_id, "session": principal.session_id, "subject": principal.subject}


def nobody() -> dict[str, bool]:
    return {"known": g.get("principal") is not None}


def write() -> None: ...
def signed() -> None: ...


ROUTES = [
    Route("GET", "/api/probe/open", open_, public),
    Route("GET", "/api/probe/nobody", nobody, public),
    Route("GET", "/api/probe/who", who, user),
    Route("GET", "/api/probe/write", write, permission("books:write")),
    Route("GET", "/api/probe/signed", signed, signature("stamp")),
]


def load(claims: Claims) -> Principal | None:
    permissions = PERMISSIONS.get(claims.user_id)
    return None if permissions is None else Principal(claims.user_id, claims.session_id, permissions, "a record")


def has_stamp(request: Request) -> bool:
    return request.headers.get("X-Stamp") == "ok"


@pytest.fixture(scope="module")
def app():
    with application(ROUTES) as app:
        use_principal_loader(app, load)
        use_signature(app, "stamp", has_stamp)
        yield app


def call(app: Flask, path: str, **headers: str) -> Response:
    return app.test_client().get(f"/api/probe/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})


def token(app: Flask, user_id: int) -> str:
    with app.app_context():
        return issue(user_id, 9)


class TestPublic:
    def test_anybody_may_come_in(self, app):
        assert call(app, "open").status_code == 200

    def test_a_token_is_not_even_read(self, app):
        assert call(app, "nobody", Authorization=f"Bearer {token(app, READER)}").get_json()["data"] == {"known": False}
        assert call(app, "nobody", Authorization="Bearer garbage").status_code == 200


class TestUser:
    @table("scheme", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {} "])
    def test_a_token_lets_its_user_in(self, app, scheme):
        answer = call(app, "who", Authorization=scheme.format(token(app, READER)))

        assert answer.get_json()["data"] == {"user": READER, "session": 9, "subject": "a record"}

    @table("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token abc", "garbage", "Bearer\ttoken"])
    def test_without_a_token_one_is_asked_for(self, app, header):
        answer = call(app, "who", Authorization=header)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.get_json()["msg"].startswith("Log in first")

    @table("garbage", ["x", "a.b.c", "é", "null", "  x", None])
    def test_a_bad_token_and_that_of_a_session_that_has_ended_are_said_to_be_bad(self, app, garbage):
        answer = call(app, "who", Authorization=f"Bearer {garbage or token(app, ENDED)}")

        assert answer.status_code == 401
        assert (answer.get_json()["msg"] == "The session has ended; log in again.") is (garbage is None)
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


class TestPermission:
    @table("user_id, status", [(WRITER, 200), (READER, 403), (ENDED, 401)])
    def test_only_who_holds_it_may_come_in_and_the_answer_names_what_is_missing(self, app, user_id, status):
        answer = call(app, "write", Authorization=f"Bearer {token(app, user_id)}")

        assert answer.status_code == status
        assert (answer.get_json()["msg"] == "This needs the permission books:write.") is (status == 403)

    def test_nobody_is_asked_to_log_in_first(self, app):
        assert call(app, "write").status_code == 401


class TestSignature:
    @table("stamp, status", [("ok", 200), ("forged", 401), ("", 401)])
    def test_only_the_proof_counts(self, app, stamp, status):
        assert call(app, "signed", X_Stamp=stamp).status_code == status

    def test_a_users_token_is_no_proof(self, app):
        answer = call(app, "signed", Authorization=f"Bearer {token(app, WRITER)}")

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "stamp"


@table(
    "word, text",
    [(public, "public"), (user, "user"), (permission("a:b"), "permission(a:b)"), (signature("s"), "signature(s)")],
)
def test_words_read_as_they_are_written(word: Access, text: str):
    assert str(word) == text


def test_a_principal_does_not_print_its_record():
    principal = Principal(1, 2, frozenset(), "planted-value")

    assert "planted-value" not in repr(principal)
    assert principal == Principal(1, 2, frozenset(), "something else")
