"""Mocks beside their contract: each way to break it is found, with the place, at loading and by `mdt contract check`."""

import json
from pathlib import Path
from typing import Any

import pytest

from mdt.contracts.at_load import contract_of
from mdt.contracts.mocks import MockCheck
from mdt.contracts.recordings import recording_problems
from mdt.contracts.virtual import known_values, virtual_findings
from mdt.definitions import load
from mdt.recording.model import RecordedAnswer, RecordedCall, RecordedRequest, Recording
from mdt.recording.session_file import write_recording
from tests.unit.folders import told, write

OPENAPI = """\
openapi: 3.1.0
info: {title: shop, version: 1.0.0}
servers: [{url: "http://shop.internal/api"}]
paths:
  /orders:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [id, count], properties: {id: {type: string}, count: {type: integer, minimum: 1}}}
      responses:
        "201":
          description: Taken.
          headers: {Location: {required: true, schema: {type: string}}, X-Left: {schema: {type: integer}}}
          content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}, note: {type: string}}}}}
        "409": {description: Full.}
  /orders/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200": {description: One., content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}}}}}}
        default: {description: Any error.}
"""
SERVICE = """\
service: shop
url: http://shop.internal/api
contract: ../../contracts/shop/1.0.0.yaml
default: ok
routes:
  POST /orders:
    match: {json: {id: {type: string}, count: {type: integer, min: 1}}}
    ok: {status: 201, headers: {Location: /orders/1}, json: {id: "{{ req.json.id }}"}}
    full: {status: 409}
  GET /orders/{id}:
    ok: {json: "{{ shared.orders | by(id=path.id) }}"}
    gone: {status: 404, json: {error: GONE}}
    lost: {fault: connection-reset}
    flaky: {sequence: [gone, ok]}
"""


def folder(root: Path, service: str = SERVICE, contract: str = OPENAPI, **files: str) -> dict[str, str]:
    path = root / "contracts" / "shop" / "1.0.0.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(contract, encoding="utf-8")
    return {"internal/shop.yaml": service, "shared/orders.json": '[{"id": "a"}]', **files}


def checked(root: Path, files: dict[str, str]) -> tuple[list[str], list[str], MockCheck]:
    """The problems and the warnings of the service."""
    catalog = load(write(root, files), {})
    service = catalog.services["shop"]
    contract = contract_of(service)
    assert contract is not None
    check = MockCheck(catalog, service, contract)
    found = list(check.findings())
    texts: list[list[str]] = [
        [f"{one.line} {one.text}" for one in found if one.violation.strict is strict] for strict in (False, True)
    ]
    return texts[0], texts[1], check


def test_mocks_that_keep_it(tmp_path: Path) -> None:
    problems, warnings, check = checked(tmp_path, folder(tmp_path))

    assert (problems, warnings, check.checked) == ([], [], 4)
    assert check.uncovered() == []
    assert load(tmp_path / "mocks", {}).problems == ()


BROKEN: dict[str, tuple[str, str, str]] = {  # what is written instead, and the problem
    "another type": ('{id: "{{ req.json.id }}"}', "{id: 1}", '8 shop.ok: $.id 1 is not of type "string"'),
    "a missing field": ('{id: "{{ req.json.id }}"}', "{note: x}", '8 shop.ok: $ "id" is a required property'),
    "a template that makes another type": ("req.json.id", "req.json.count", '8 shop.ok: $.id 1 is not of type "string"'),
    "a missing header": ("headers: {Location: /orders/1}, ", "", "8 shop.ok: the header Location is missing"),
    "a header of another type": ("Location: /orders/1", "Location: /, X-Left: many", '8 shop.ok: the header X-Left: "many" is not of type "integer"'),
    "an unknown status": ("{status: 409}", "{status: 418}", "9 shop.full: the contract has no status 418; it has 201, 409"),
    "another media type": ('json: {id: "{{ req.json.id }}"}', "text: hello", "8 shop.ok: the content type is text/plain, the contract has application/json"),
    "no body": (', json: {id: "{{ req.json.id }}"}', "", "8 shop.ok: there is no body; the contract has application/json"),
    "an unknown route": ("GET /orders/{id}", "GET /order/{id}", "10 GET /order/{id}: the contract has no GET /order/{id}. Did you mean GET /orders/{id}?"),
    "a match that the contract forbids": ("count: {type: integer, min: 1}", "count: {type: string}", '6 POST /orders: $.count "text" is not of type "integer"'),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_it_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    old, new, problem = BROKEN[name]
    assert old in SERVICE
    files = folder(tmp_path, SERVICE.replace(old, new))

    problems, _warnings, _check = checked(tmp_path, files)

    assert problem in problems
    shown = f"{problem.partition(' ')[0]}: {problem.partition(' ')[2]}"
    assert any(one.startswith(f"internal/shop.yaml:{shown}") for one in told(tmp_path, files))


def test_what_is_only_suspicious_is_told_under_strict_alone(tmp_path: Path) -> None:
    files = folder(
        tmp_path,
        SERVICE.replace('{id: "{{ req.json.id }}"}', "{id: a, extra: 1}").replace(
            "{status: 409}", "{status: 409, json: {why: x}}"
        ),
    )

    problems, warnings, _check = checked(tmp_path, files)

    assert problems == []
    assert warnings == ["8 shop.ok: $.extra is not in the contract", "9 shop.full: the contract has no body here"]
    assert load(tmp_path / "mocks", {}).problems == ()


def test_a_status_without_a_scenario(tmp_path: Path) -> None:
    _problems, _warnings, check = checked(
        tmp_path, folder(tmp_path, SERVICE.replace("full: {status: 409}", "full: {fault: timeout}"))
    )

    assert [(one.operation, one.status) for one in check.uncovered()] == [("POST /orders", "409")]


def test_an_answer_may_break_it_on_purpose(tmp_path: Path) -> None:
    files = folder(tmp_path, SERVICE.replace("full: {status: 409}", "full: {status: 418, offContract: true}"))

    assert checked(tmp_path, files)[0] == []
    wrong = folder(tmp_path, SERVICE.replace("full: {status: 409}", "full: {status: 409, offContract: maybe}"))
    assert told(tmp_path, wrong) == ["internal/shop.yaml:9: 'offContract' is true or false, not a text ('maybe')"]


def test_names_of_parameters_may_differ(tmp_path: Path) -> None:
    files = folder(tmp_path, SERVICE.replace("{id}", "{key}").replace("path.id", "'a'"))

    assert checked(tmp_path, files)[:2] == ([], [])


def test_the_short_form_is_as_good(tmp_path: Path) -> None:
    api = {
        "endpoint": "/orders",
        "method": "POST",
        "request": {"id": "string", "count": 1},
        "response": {"201": {"id": "string"}, "409": None},
    }
    text = json.dumps({"service": "shop", "version": "1.0.0", "apis": [api]})
    service = SERVICE.partition("  GET")[0].replace('{id: "{{ req.json.id }}"}', "{id: 5}")

    assert checked(tmp_path, folder(tmp_path, service, text))[0] == ['8 shop.ok: $.id 5 is not of type "string"']


VIRTUAL = """\
from mdt import VirtualError, VirtualService, get


class Shop(VirtualService):
    @get("/orders/{id}", errors={404: "No such order"})
    def one(self, id: str) -> dict[str, str]:
        raise VirtualError(404, "GONE", "gone")

    @get("/stock", status=202)
    def stock(self) -> dict[str, int]:
        return {}
"""  # fmt: skip


def test_a_virtual_service_is_beside_it_too(tmp_path: Path) -> None:
    service = SERVICE.partition("default")[0].replace("../../", "../../../")
    contract = OPENAPI.replace("        default: {description: Any error.}\n", "")
    files = {
        **folder(tmp_path, contract=contract),
        "internal/shop/service.yaml": service,
        "internal/shop/virtual.py": VIRTUAL,
    }
    del files["internal/shop.yaml"]

    problems, _warnings, _check = checked(tmp_path, files)

    assert problems == [
        "5 shop.virtual: the contract has no status 404",
        "9 GET /stock: the contract has no GET /stock. Known: GET /orders/{id}, POST /orders",
    ]


@pytest.mark.parametrize(
    ("written", "contract", "problem"),
    [
        ("../../contracts/shop/2.yaml", OPENAPI, "there is no file ../../contracts/shop/2.yaml"),
        ("../../../../etc/passwd", OPENAPI, "../../../../etc/passwd lies outside of"),
        ("../../contracts/shop/1.0.0.yaml", "- a\n", "an OpenAPI document is a mapping"),
    ],
)
def test_a_contract_that_cannot_be_used(tmp_path: Path, written: str, contract: str, problem: str) -> None:
    files = folder(tmp_path, SERVICE.replace("../../contracts/shop/1.0.0.yaml", written), contract)

    assert any(problem in one for one in told(tmp_path, files))


def test_answers_that_take_time_are_left_to_the_command(tmp_path: Path) -> None:
    slow = SERVICE.replace('{id: "{{ req.json.id }}"}', '{id: 1, note: "{% for n in range(3) %}x{% endfor %}"}')
    files = folder(tmp_path, slow)

    problems, warnings, _check = checked(tmp_path, files)

    assert [one for one in problems if "$.id" in one], warnings
    assert load(tmp_path / "mocks", {}).problems == ()


def test_a_contract_is_read_again_when_a_file_that_it_refers_to_changes(tmp_path: Path) -> None:
    common = tmp_path / "contracts" / "common.yaml"
    files = folder(tmp_path, contract=OPENAPI.replace("id: {type: string}, note", "id: {$ref: ../common.yaml}, note"))
    common.write_text("type: string\n", encoding="utf-8")
    assert load(write(tmp_path, files), {}).problems == ()

    common.write_text("type: integer\n", encoding="utf-8")

    assert any('is not of type "integer"' in one for one in told(tmp_path, files))


def test_a_contract_is_read_again_when_it_changes(tmp_path: Path) -> None:
    files: dict[str, Any] = folder(tmp_path)
    assert load(write(tmp_path, files), {}).problems == ()

    folder(
        tmp_path,
        contract=OPENAPI.replace(
            "required: [id], properties: {id: {type: string}, note",
            "required: [id, note], properties: {id: {type: string}, note",
        ),
    )

    assert any('"note" is a required property' in one for one in told(tmp_path, files))


LOOSE = """\
from mdt import VirtualService, post
from pydantic import BaseModel


class Order(BaseModel):
    id: str
    count: int


class Shop(VirtualService):
    @post("/orders", status=201)
    def take(self, body: Order) -> dict[str, str]:
        return {"id": body.id, "location": "x"}
"""


def test_a_virtual_service_is_played_at_the_limits_of_the_contract(tmp_path: Path) -> None:
    """It takes a count of 0, which the contract forbids, and answers no Location."""
    service = SERVICE.partition("default")[0].replace("../../", "../../../")
    files = {**folder(tmp_path), "internal/shop/service.yaml": service, "internal/shop/virtual.py": LOOSE}
    del files["internal/shop.yaml"]
    catalog = load(write(tmp_path, files), {})

    found = [
        f"{one.line} {one.text}"
        for one in virtual_findings(catalog, catalog.services["shop"], contract_of(catalog.services["shop"]))
    ]

    assert "11 shop.virtual: smallest: the header Location is missing" in found
    assert "11 shop.virtual: count beyond its minimum: answered 201 to a request that the contract forbids" in found
    assert not any("another type" in one or "without" in one for one in found)


def test_values_that_a_virtual_service_knows() -> None:
    shared = {
        "products": [{"id": "p1", "name": "tea", "tags": []}],
        "users": [{"id": "u1"}],
        "empty": [],
        "limits": {"most": 5},
    }

    assert known_values(shared) == {"id": "p1", "name": "tea", "productId": "p1", "userId": "u1", "most": 5}


def test_recorded_calls_are_beside_it(tmp_path: Path) -> None:
    service = SERVICE.replace("../../", "../../../")
    files = {**folder(tmp_path), "internal/shop/service.yaml": service}
    del files["internal/shop.yaml"]
    catalog = load(write(tmp_path, files), {})
    json_type = (("content-type", "application/json"),)
    calls = [
        ("POST", "/orders", {"id": "a", "count": 1}, 201, {"id": "b"}),
        ("POST", "/orders", {"id": "a", "count": 0}, 201, {"id": 5}),
        ("GET", "/orders/x%2Fy?a=1", None, 200, {"id": "b"}),
        ("GET", "/carts", None, 200, {}),
    ]
    recorded = tuple(
        RecordedCall(
            "2026-01-31T10:00:00Z",
            RecordedRequest(method, path, json_type, {"json": sent} if sent else {}),
            RecordedAnswer(status, json_type, {"json": body}),
        )
        for method, path, sent, status, body in calls
    )
    write_recording(
        Recording("shop", "s1", "http://shop.internal", recorded), tmp_path / "mocks/internal/shop/recordings/s1.yaml"
    )

    count, problems, _suspicious = recording_problems(
        catalog, catalog.services["shop"], contract_of(catalog.services["shop"])
    )

    assert count == 4
    assert [str(one.what) for one in problems] == [
        "POST /orders: $.count 0 is less than the minimum of 1",
        'POST /orders: $.id 5 is not of type "string"',
        "GET /carts: the contract has no GET /carts",
    ]
    assert all(one.file.endswith("s1.yaml") and one.line > 1 for one in problems)
