"""docs/contracts.md tells the truth: its contract, its mock and its commands are used as they stand there."""

import json
import re
from pathlib import Path

import pytest

from mdt.contracts import verify
from tests.sockets.cli.support import mdt

PAGE = (Path(__file__).parents[3] / "docs" / "contracts.md").read_text(encoding="utf-8")
CONTRACT = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
TEST = """
import requests
from mdt import mock_scenario


def test_out_of_stock():
    with mock_scenario("inventory.available"):
        requests.post("http://inventory.internal/stock/check", json={"productId": "p", "quantity": 1}, timeout=5)
"""
WAREHOUSE = """
import json


def app(environ, start_response):
    try:
        body = json.loads(environ["wsgi.input"].read())
        fits = isinstance(body["productId"], str) and type(body["quantity"]) is int
    except (ValueError, KeyError, TypeError):
        fits = False
    start_response("200 OK" if fits else "422 No", [("content-type", "application/json")])
    return [json.dumps({"available": True, "quantity": 1} if fits else {}).encode()]


STATES = {"available": lambda: None}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "contracts" / "inventory"
    folder.mkdir(parents=True)
    (folder / "1.0.0.json").write_text(CONTRACT, encoding="utf-8")
    changed = json.loads(CONTRACT)
    changed["version"] = "1.1.0"
    del changed["apis"][0]["response"]["quantity"]
    (folder / "1.1.0.json").write_text(json.dumps(changed), encoding="utf-8")
    owners = next(one for one in YAML if "owners.yaml" in one)
    (folder / "owners.yaml").write_text(owners, encoding="utf-8")
    service = next(one for one in YAML if one.startswith("service: inventory"))
    (tmp_path / "mocks" / "internal").mkdir(parents=True)
    (tmp_path / "mocks" / "internal" / "inventory.yaml").write_text(
        f"url: http://inventory.internal\ndefault: available\n{service}", encoding="utf-8"
    )
    (tmp_path / "mocks" / "mdt.yaml").write_text("consumer: order-service\n", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_stock.py").write_text(TEST, encoding="utf-8")
    (tmp_path / "warehouse.py").write_text(WAREHOUSE, encoding="utf-8")
    return tmp_path


def test_the_page(project: Path) -> None:
    run = mdt("test", "integration", "--with-mocks", "--tests", "tests", "-q", "-p", "no:cacheprovider", cwd=project)
    assert run.returncode == 0, run.stdout + run.stderr
    wanted = {  # the first words of a command, its exit code, and what it prints
        "mdt contract check": (1, "inventory against inventory@1.0.0: 1 answers and 0 recorded calls checked"),
        "mdt contract diff inventory@1.0.0 inventory@1.1.0": (1, "1.1.0 is too low: the least version is 2.0.0."),
        "mdt contract diff inventory": (1, "the property quantity of 200 was removed"),
        "mdt contract rules": (0, "err   response-required-property-removed"),
        "mdt contract confirm": (0, "order-service confirms inventory@1.0.0\nstill to confirm: warehouse"),
        "mdt contract list": (0, "✗ warehouse   ✓ order-service"),
        "mdt contract verify": (0, "cases passed, 0 failed, 0 were not played"),
        "mdt contract impact inventory@1.0.0": (
            1,
            "      order-service: 1 tests, scenarios inventory.available\n        tests/test_stock.py::test_out_of_stock",
        ),
    }
    met = set()
    for command in COMMANDS:
        start = next((one for one in wanted if command.startswith(one)), None)
        if start is None or "main:" in command or "--notify" in command:
            continue
        done = mdt(*command.replace("1.1.0.json", "1.1.0.json").split()[1:], cwd=project)
        code, text = wanted[start]
        assert (done.returncode, text in done.stdout) == (code, True), f"{command}\n{done.stdout}{done.stderr}"
        met.add(start)
    assert met == set(wanted)


def test_its_python(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(project))
    from warehouse import app  # type: ignore[import-not-found]

    assert verify(project / "contracts" / "inventory" / "1.0.0.json", app).failures == []
