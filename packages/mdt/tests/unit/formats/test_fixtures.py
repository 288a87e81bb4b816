"""What tests register with responses and requests-mock becomes scenarios, by playing the tests."""

import pytest

from mdt.definitions import load
from tests.unit.cli.support import document, run
from tests.unit.folders import Player

TESTS = """\
import requests, responses


@responses.activate
def test_found():
    responses.get("http://shop.internal/orders/1", json={"id": 1}, headers={"X-Token": "abcdefghij"})
    assert requests.get("http://shop.internal/orders/1").json() == {"id": 1}


def test_gone(requests_mock):
    requests_mock.get("http://shop.internal/orders/2", status_code=404, text="gone")
    requests_mock.post("http://other.internal/x", json={})
    assert requests.get("http://shop.internal/orders/2").status_code == 404
    requests.post("http://other.internal/x")
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "mocks").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_answers_of_fixtures_become_scenarios(here):
    (here / "test_shop.py").write_text(TESTS)

    report = document("mock", "import", "fixtures", "test_shop.py", "--service", "shop", "--mocks", "mocks")

    shop = Player(load(here / "mocks"))
    assert shop.json("GET /orders/7") == {"id": 1}
    assert shop.reply("GET /orders/7").status == 404
    assert report["scenarios"] == ["notFound", "success"]
    assert any("http://other.internal" in loss["where"] for loss in report["losses"])


def test_tests_without_a_call_are_told(here):
    (here / "test_shop.py").write_text("def test_nothing(): pass\n")
    result = run("mock", "import", "fixtures", "test_shop.py", "--service", "shop", "--mocks", "mocks")
    assert result.exit_code == 1
    assert "answered nothing" in result.output
    assert "1 passed" in result.output


def test_a_service_at_a_taken_address_is_refused(here):
    (here / "mocks" / "internal").mkdir()
    (here / "mocks" / "internal" / "old.yaml").write_text("service: old\nurl: http://shop.internal\n")
    (here / "test_shop.py").write_text(TESTS)
    result = run("mock", "import", "fixtures", "test_shop.py", "--service", "shop", "--mocks", "mocks")
    assert "http://shop.internal is the url of old" in result.output
    assert not (here / "mocks" / "external").exists()
