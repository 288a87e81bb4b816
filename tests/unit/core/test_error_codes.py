"""The words of X-Error-Code: unique, stable, documented in docs/errors.md and in the OpenAPI document, sent with every error."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from flask import abort

import backend
from backend.core.errors import AppError
from backend.core.security.access import public
from backend.core.web import openapi
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import app_fixture

PAGE = Path(backend.__file__).parents[1] / "docs" / "errors.md"
ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \| (\S+) \|", re.MULTILINE)
WITH_ERRORS = ("errors", "commit_recovery", "idempotency", "error_handlers", "wechat_replies")
WORD = re.compile(r"[a-z]+(_[a-z]+)*")


def part(error):
    """The part of the application that an error belongs to: core, or the module's name."""
    names = error.__module__.split(".")
    return names[2] if names[1] == "modules" else "core"


def kinds(error=AppError):
    yield error
    for kind in error.__subclasses__():
        yield from kinds(kind)


@pytest.fixture(scope="module")
def errors():
    """Every class of error in the source."""
    for module in walk_packages(backend.__path__, f"{backend.__name__}."):
        if module.name.rpartition(".")[2] in WITH_ERRORS:
            import_module(module.name)
    return {
        kind
        for kind in kinds()
        if kind.__module__.startswith(f"{backend.__name__}.") and kind.__name__ != "OtherHttpError"
    }


def test_every_class_has_a_word_of_its_own(errors):
    codes = [error.code for error in errors]

    assert sorted(codes) == sorted(set(codes))
    assert [code for code in codes if not WORD.fullmatch(code)] == []


def test_the_page_lists_every_word_with_its_status(errors):
    """A word that changes breaks clients: change the page only with an upgrade note. A new module need not be listed."""
    listed = {(code, int(status), where) for code, status, where in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    parts = {where for _code, _status, where in listed}

    present = {(error.code, error.status, part(error)) for error in errors}

    assert {row for row in present if row[2] in parts} == {row for row in listed if row[2] in map(part, errors)}


def stop(status: int) -> None:
    abort(status)


def mistake() -> None:
    raise RuntimeError


ROUTES = [
    Route("GET", "/api/probe/stop/<int:status>", stop, public),
    Route("GET", "/api/probe/mistake", mistake, public),
]


app = app_fixture(ROUTES)


class TestSent:
    @table(
        "status, code",
        [
            (400, "bad_request"),
            (404, "path_not_found"),
            (405, "method_not_allowed"),
            (413, "body_too_large"),
            (415, "unsupported_media_type"),
            (429, "too_many_requests"),
            (500, "server_error"),
            (503, "service_unavailable"),
            (418, "i_m_a_teapot"),
            (501, "not_implemented"),
        ],
    )
    def test_with_errors_of_flask(self, client, status, code):
        answer = client.get(f"/api/probe/stop/{status}")

        assert (answer.status_code, answer.headers["X-Error-Code"]) == (status, code)
        assert answer.json["code"] == 0

    def test_with_mistakes(self, client):
        assert client.get("/api/probe/mistake").headers["X-Error-Code"] == "server_error"

    def test_not_with_what_went_well(self, client):
        assert "X-Error-Code" not in client.get("/health/live").headers


def test_every_error_in_the_document_names_its_words(app):
    paths = openapi.document(app)["paths"]
    answers = [
        (answer, int(status))
        for operations in paths.values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    ]

    assert len(answers) > 100
    for answer, _status in answers:
        assert answer["headers"]["X-Error-Code"]["schema"]["enum"]
