"""A provider is verified by consumers' calls and by requests at the limits of its contract; each broken variant of it is found."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mdt.contracts import verify
from mdt.contracts.provider import ContractBrokenError, Verification
from mdt.contracts.wsgi import Call, call
from mdt.engine.expectations import RUNNING_TEST
from mdt.errors import MdtError
from tests.unit.contracts.test_impact import FORMAT

OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1.0.0"},
    "paths": {
        "/orders/{id}": {
            "post": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
                    {"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name", "count"],
                                "properties": {
                                    "name": {"type": "string", "minLength": 2, "maxLength": 5},
                                    "count": {"type": "integer", "minimum": 1, "maximum": 9},
                                    "kind": {"enum": ["a", "b"]},
                                },
                            }
                        }
                    },
                },
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": {"type": "object", "required": ["left"], "properties": {"left": {"type": "integer"}}}}}},
                    "409": {"description": "", "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}}},
                },
            }
        }
    },
}  # fmt: skip


MISTAKES = {"refuses": (422, {}), "status": (418, {}), "body": (200, {"left": "many"})}


class Shop:
    """A provider that keeps the contract; `broken` names the one mistake that it makes."""

    def __init__(self, broken: str = "") -> None:
        self.left, self.broken, self.closed = 5, broken, 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        status, body = self._answer(environ)
        start_response(f"{status} X", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    def _answer(self, environ: dict[str, Any]) -> tuple[int, Any]:
        try:
            body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        except ValueError:
            return (500 if self.broken == "no JSON" else 400), {}
        if self.broken == "raises":
            raise ZeroDivisionError("oops")
        if not self._valid(body, environ["QUERY_STRING"]):
            return (200 if self.broken == "takes all" else 422), {"left": 1}
        return MISTAKES.get(self.broken) or ((200, {"left": self.left}) if self.left else (409, {"error": "SOLD_OUT"}))

    def _valid(self, body: Any, query: str) -> bool:
        if not isinstance(body, dict) or not {"name", "count"} <= body.keys() or not query:
            return False
        name, count = body["name"], body["count"]
        short = isinstance(name, str) and 2 <= len(name) <= (4 if self.broken == "limit" else 5)
        return short and type(count) is int and 1 <= count <= 9 and body.get("kind", "a") in {"a", "b"}


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contracts" / "shop" / "1.0.0.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(OPENAPI), encoding="utf-8")
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A consumer that met both answers."""
    rows = [
        {
            "service": "shop", "route": "POST /orders/{number}", "scenario": scenario, "status": status, "file": "", "line": 1,
            "request": {"method": "POST", "path": "/_s/run/shop/orders/7", "query": {"dry": ["true"]}, "headers": {"content-type": "application/json"},
                        "json": {"name": "abc", "count": 2}},
            "requestFields": [], "fields": [], "reply": {"status": status, "headers": {}}, "tests": [{"id": "t", "calls": 1}],
        }
        for scenario, status in (("ok", 200), ("soldOut", 409))
    ]  # fmt: skip
    path = tmp_path / "journal.json"
    path.write_text(
        json.dumps({"format": FORMAT, "consumer": "orders", "generated": "", "exchanges": rows}), encoding="utf-8"
    )
    return path


def names(verification: Verification) -> list[str]:
    return [one.case.id.partition(": ")[2] for one in verification.results]


def test_a_provider_that_keeps_it(contract: Path) -> None:
    found = verify(contract, Shop())

    assert found.failures == found.void == []
    assert {
        "smallest",
        "without name",
        "count at its minimum",
        "count beyond its maximum",
        "name at its maxLength",
        "no JSON",
        "without query dry",
    } <= set(names(found))
    assert (
        str(found.summary())
        == f"shop@1.0.0: {len(found.results)} of {len(found.results)} cases passed, 0 failed, 0 were not played"
    )


@pytest.mark.parametrize(
    ("broken", "case", "problem"),
    [
        ("body", "smallest", '$.left "many" is not of type "integer"'),
        ("status", "smallest", "the contract has no status 418; it has 200, 409"),
        ("refuses", "smallest", "answered 422 to a request that the contract allows"),
        ("limit", "name at its maxLength", "answered 422 to a request that the contract allows"),
        ("takes all", "count beyond its maximum", "answered 200 to a request that the contract forbids"),
        ("takes all", "without query dry", "answered 200 to a request that the contract forbids"),
        ("no JSON", "no JSON", "answered 500"),
        ("raises", "smallest", "the application raised ZeroDivisionError: oops"),
    ],
)
def test_a_provider_that_breaks_it(contract: Path, broken: str, case: str, problem: str) -> None:
    with pytest.raises(ContractBrokenError) as caught:
        verify(contract, Shop(broken))

    assert f"✗ POST /orders/{{id}}: {case}: {problem}" in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_consumers_calls_are_played_in_their_states(contract: Path, journal: Path) -> None:
    shop = Shop()

    @contextmanager
    def sold_out() -> Iterator[None]:
        shop.left = 0
        yield
        shop.left = 5

    found = verify(contract, shop, journals=[journal], states={"soldOut": sold_out, "*": None}, boundaries=False)

    assert [(one.case.id, one.status) for one in found.results] == [
        ("orders ok: POST /orders/7?dry=true", 200),
        ("orders soldOut: POST /orders/7?dry=true", 409),
    ]
    assert shop.left == 5


def test_another_status_than_the_consumer_met_is_a_failure(contract: Path, journal: Path) -> None:
    with pytest.raises(ContractBrokenError, match="answered 200, the consumer was answered 409"):
        verify(contract, Shop(), journals=[journal], states={"*": None})


def test_a_state_that_nobody_gives_is_void_and_fails_when_strict(
    contract: Path, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, str] = {}
    monkeypatch.setattr(RUNNING_TEST, "hear", told.update)
    found = verify(contract, Shop(), journals=[journal], states={"ok": None})

    assert [(one.case.state, str(one.problem)) for one in found.void] == [("soldOut", "no state 'soldOut' is given")]
    assert list(told.values()) == ["no state 'soldOut' is given"]
    with pytest.raises(ContractBrokenError, match="1 were not played"):
        verify(contract, Shop(), journals=[journal], states={"ok": None}, strict=True)


def test_a_state_is_a_fixture(contract: Path, journal: Path, request: pytest.FixtureRequest) -> None:
    shop = Shop()
    prepared = type(
        "Fixtures",
        (),
        {"getfixturevalue": lambda _self, name: lambda: setattr(shop, "left", {"none_left": 0, "some_left": 5}[name])},
    )()

    verify(contract, shop, journals=[journal], states={"soldOut": "none_left", "*": "some_left"}, fixtures=prepared)

    with pytest.raises(MdtError, match="give verify"):
        verify(contract, shop, journals=[journal], states={"*": "some_left"})
    assert verify(contract, Shop(), states={"*": "tmp_path"}, fixtures=request).failures == []


def test_an_operation_without_a_request_is_told(contract: Path) -> None:
    text = json.dumps(OPENAPI).replace('"minLength": 2, "maxLength": 5', '"minLength": 5, "maxLength": 2')
    contract.write_text(text, encoding="utf-8")

    with pytest.raises(ContractBrokenError, match="0 of 0 cases passed"):
        verify(contract, Shop())


def test_an_application_is_called_as_wsgi_says() -> None:
    seen: dict[str, Any] = {}

    class Body(list):
        def close(self) -> None:
            seen["closed"] = True

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        seen.update(environ)
        start_response("201 Created", [("X-A", "1")])(b"first ")
        return Body([b"second"])

    reply = call(app, Call("PUT", "/商品/a b", (("q", "1&2"),), {"x-key": "k", "content-type": "text/plain"}, b"body"))

    assert (reply.status, reply.headers, reply.body) == (201, (("x-a", "1"),), b"first second")
    assert seen["closed"]
    assert (seen["PATH_INFO"].encode("latin-1").decode(), seen["QUERY_STRING"], seen["HTTP_X_KEY"]) == (
        "/商品/a b",
        "q=1%262",
        "k",
    )
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"], seen["REQUEST_METHOD"]) == ("text/plain", "4", "PUT")
