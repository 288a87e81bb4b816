"""Schemathesis over the OpenAPI document: what it generates is answered as the document promises; the same run every time.

Every check that Schemathesis has is on: no failure of the server, documented statuses, headers, types and schemas, bad
values refused, good ones accepted, authentication not ignored.
"""

import pytest
import schemathesis
from flask import Response
from hypothesis import HealthCheck, settings
from schemathesis.core.failures import FailureGroup

from tests.framework import routes

CONFIG = schemathesis.Config.from_dict({"generation": {"max-examples": 10, "deterministic": True, "database": "none"}})
SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", routes.application(), config=CONFIG)
UNDO_AT_THE_END = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # one transaction for all examples


@SCHEMA.parametrize()
@UNDO_AT_THE_END
def test_answer_is_as_documented(case, api):
    """Asked by an administrator where a token is wanted, by anybody elsewhere; Schemathesis leaves the token out as well."""
    wants_token = case.operation.definition.raw["security"]

    case.call_and_validate(headers=api.login("admin").headers if wants_token else None)


class TestTheChecksThemselves:
    """Routes that break their promise are found."""

    @pytest.mark.parametrize(
        "answer",
        [
            lambda: Response('{"code":0,"data":{},"msg":"x"}', 500, mimetype="application/json"),
            lambda: Response('{"code":1,"data":{"status":"alive"},"msg":"success"}', 418, mimetype="application/json"),
            lambda: Response('{"code":1,"data":{"status":"dead"},"msg":"success"}', mimetype="application/json"),
            lambda: Response('{"status":"alive"}', mimetype="application/json"),
            lambda: Response("alive", mimetype="text/html"),
        ],
        ids=["failure", "undocumented status", "wrong value", "no envelope", "no JSON"],
    )
    def test_broken_answer_is_seen(self, app, monkeypatch, answer):
        monkeypatch.setitem(app.view_functions, "health.live", answer)
        case = SCHEMA["/health/live"]["GET"].Case()

        with pytest.raises(FailureGroup):
            case.call_and_validate()

    def test_route_that_lets_anybody_in_is_seen(self, api, app, monkeypatch):
        actor = api.login()
        answer = api.get("/api/v1/users/me", by=actor)
        monkeypatch.setitem(
            app.view_functions, "users.get_me", lambda: Response(answer.data, mimetype="application/json")
        )
        case = SCHEMA["/api/v1/users/me"]["GET"].Case()

        with pytest.raises(FailureGroup):
            case.call_and_validate(headers=actor.headers)
