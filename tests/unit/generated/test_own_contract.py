"""mdt verifies the application as a provider: each request that its document allows or forbids, at the limits, is answered as it says."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from mdt.contracts import ContractBrokenError, Verification, verify

from tests.framework.api import Actor, Api
from tools.openapi import DOCUMENT


class AsAdmin:
    """The application, called by whoever is `actor`."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.actor: Actor | None = None

    def log_in(self) -> None:
        self.actor = self._api.login(role="admin")

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {"HTTP_AUTHORIZATION": self.actor.headers["Authorization"]} if self.actor else {}
        return self._api.app.wsgi_app({**environ, **headers}, start_response)


@pytest.fixture
def provider(api: Api) -> AsAdmin:
    return AsAdmin(api)


@pytest.fixture
def logged_in(provider: AsAdmin) -> Callable[[], None]:
    """A state of the provider: before each case, because one of them logs out."""
    return provider.log_in


def statuses(verification: Verification) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for one in verification.results:
        found.setdefault(one.case.operation.label, set()).add(one.status)
    return found


def behind_a_login() -> set[str]:
    paths = json.loads(DOCUMENT.read_bytes())["paths"]
    operations = {f"{method.upper()} {path}": one for path, item in paths.items() for method, one in item.items()}
    return {label for label, one in operations.items() if isinstance(one, dict) and one.get("security")}


def test_each_request_is_answered_as_the_document_says(
    provider: AsAdmin, logged_in: Callable[[], None], request: pytest.FixtureRequest
) -> None:
    found = verify(DOCUMENT, provider, states={"*": "logged_in"}, fixtures=request, strict=True)

    answered = statuses(found)
    assert behind_a_login() <= answered.keys()
    assert {label for label in behind_a_login() if 401 in answered[label]} == set()
    assert any(200 in one for one in answered.values())


def test_an_answer_that_the_document_does_not_have_fails(provider: AsAdmin) -> None:
    def broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/health/live":
            return provider(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"alive": true}']

    with pytest.raises(ContractBrokenError, match="GET /health/live"):
        verify(DOCUMENT, broken, states={"*": provider.log_in})
