"""`mdt contract verify`: the application by name, its states, and what goes wrong with either."""

from pathlib import Path

import pytest

from tests.unit.cli.support import document, run
from tests.unit.cli.test_contract_check import contracts
from tests.unit.contracts.test_short_form import GUIDE

APPLICATION = """\
import json

STATES = {"available": lambda: None}
NUMBER = 5


def app(environ, start_response):
    try:
        body = json.loads(environ["wsgi.input"].read())
        fits = isinstance(body["productId"], str) and isinstance(body["quantity"], int | float)
    except (ValueError, KeyError, TypeError):
        fits = False
    start_response("200 OK" if fits and environ.get("HTTP_X_KEY", "k") == "k" else "422 No", [("content-type", "application/json")])
    return [json.dumps({"available": True, "quantity": 1} if fits else {"error": "x"}).encode()]


def create_app(settings=None):
    return app
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A module of a name of its own in each test, because Python keeps modules."""
    contracts(tmp_path, GUIDE)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"{module(request)}.py").write_text(APPLICATION, encoding="utf-8")


def module(request: pytest.FixtureRequest) -> str:
    return f"warehouse_{abs(hash(request.node.nodeid))}"


@pytest.mark.parametrize("name", ["app", "create_app", "create_app()"])
def test_an_application_or_what_makes_it(request: pytest.FixtureRequest, name: str) -> None:
    found = document("contract", "verify", "inventory", "--app", f"{module(request)}:{name}")

    assert {one["result"] for one in found["cases"]} == {"passed"}
    assert {one["kind"] for one in found["cases"]} == {"valid", "invalid"}
    assert found["withoutRequest"] == []


def test_a_failure_is_shown_and_makes_the_exit_code(request: pytest.FixtureRequest) -> None:
    shown = run("contract", "verify", "inventory", "--app", f"{module(request)}:app", "-H", "x-key: other")

    assert shown.exit_code == 1
    assert (
        "✗ POST /internal/inventory/check: smallest: answered 422 to a request that the contract allows" in shown.stdout
    )
    assert "inventory@1.0.0: " in shown.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--app", "warehouse"), "'warehouse' is no MODULE:NAME"),
        (("--app", "no_such_module:app"), "no_such_module cannot be imported: ModuleNotFoundError"),
        (("--app", "MODULE:nothing"), "has no nothing"),
        (("--app", "MODULE:NUMBER"), "is no WSGI application"),
        (("--app", "MODULE:app", "--states", "MODULE:app"), "is no mapping of states"),
        (("--app", "MODULE:app", "-H", "x"), "'x' is no header. Write 'name: value'"),
        (("--app", "MODULE:app", "--journal", "nowhere.json"), "there is no journal nowhere.json"),
    ],
)
def test_wrong_calls(request: pytest.FixtureRequest, more: tuple[str, ...], message: str) -> None:
    found = run("contract", "verify", "inventory", *(one.replace("MODULE", module(request)) for one in more))

    assert found.exit_code == 2
    assert message in found.stderr
    assert "Traceback" not in found.stderr
