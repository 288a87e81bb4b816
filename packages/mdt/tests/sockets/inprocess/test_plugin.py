"""The pytest plugin, run as its users run it: on a generated file, in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.folders import write
from tests.unit.inprocess.conftest import CHECK, MOCKS

ROOT = Path(__file__).resolve().parents[3]
START = f"""
import pytest, requests
def available(): return requests.post({CHECK!r}, json={{"productId": "p"}}).json().get("available")
"""


OUTSIDE = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}  # our own worker's id


@pytest.fixture
def run(tmp_path):
    """Runs a test file; returns its output."""

    def started(text, *words, code=0, lang="en"):
        (tmp_path / "test_generated.py").write_text(START + text)
        words = ("-p", "mdt.pytest_plugin", "-p", "xdist", "-p", "no:cacheprovider", "--strict-markers", *words)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-W", "error", "-q", *words],
            cwd=tmp_path,
            env=OUTSIDE
            | {
                "MDT_LANG": lang,
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
                "MDT_MOCKS": str(MOCKS),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return started


def test_markers_and_the_fixture(run):
    run("""
def test_defaults(mocks):
    assert available() is True
    mocks.switch("inventory.outOfStock")
    assert available() is False
    mocks.inventory.called("POST /internal/inventory/check", times=2)

@pytest.mark.scenario("inventory.outOfStock")
def test_marked_without_the_fixture():
    assert available() is False

@pytest.mark.scenario("inventory.outOfStock", "payment.declined", strict=False, seed=3)
def test_marked_with_it(mocks):
    assert available() is False
    assert mocks.session.seed == 3

@pytest.mark.scenario("inventory.outOfStock", "payment.declined")
class TestClass:
    def test_of_the_class(self):
        assert available() is False

    @pytest.mark.scenario("inventory.serviceError")
    def test_over_the_class(self, mocks):
        assert available() is None
        assert mocks.session.choice.names["payment"] == ("declined",)

def test_nothing_is_left_over():
    from mdt.inprocess import active_block
    assert active_block.CURRENT.get() is None and not active_block.ACTIVE
""")


def test_ids_and_numbers_come_from_the_node_id(run, tmp_path):
    text = f"""
@pytest.mark.scenario("inventory.dice")
def test_one(mocks):
    with open("seen", "a") as file:
        print(mocks.session.id, requests.post({CHECK!r}, json={{}}).json()["number"], file=file)
"""
    run(text)
    run(text)
    run(text.replace("test_one", "test_two"))
    first, again, other = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert first == again
    assert first[0].startswith("test_generated.py-test_one-")
    assert other[0] != first[0]
    assert other[1] != first[1]


def test_a_failing_test_shows_calls_and_near_misses(run):
    said = run(
        """
@pytest.mark.scenario("inventory.outOfStock")
def test_order():
    available()
    try:
        requests.post("http://inventory.internal/internal/inventory/chek", json={})
    except Exception:
        pass
    assert False, "the order failed"

def test_in_a_block():
    from mdt import mock_scenario
    with mock_scenario("broken.reset"):
        requests.get("https://broken.example.com/thing")
""",
        code=1,
    )
    assert "the order failed" in said
    assert re.search(r"-+ mdt session test_generated\.py-test_order-[0-9a-f]{8}-1 -+", said)
    assert "1. POST http://inventory.internal/internal/inventory/check → inventory.outOfStock 200" in said
    assert "2. POST http://inventory.internal/internal/inventory/chek → unmatched" in said
    assert "✗ chek → check" in said
    assert "1. GET https://broken.example.com/thing → broken.reset connection-reset" in said
    assert "ERROR test_generated.py::test_order - mdt.errors.UnmatchedRequestError" in said


def test_the_report_is_in_the_language_of_the_developer(run):
    said = run(
        """
@pytest.mark.scenario("inventory.outOfStock")
def test_order(mocks):
    with pytest.raises(Exception):
        requests.post("http://inventory.internal/internal/inventory/chek", json={})
    mocks.inventory.called(times=1)
""",
        code=1,
        lang="zh",
    )

    assert re.search(r"-+ mdt 会话 test_generated\.py-test_order-", said)
    assert "已选场景：inventory.outOfStock" in said
    assert "路径 ✗ chek → check" in said
    assert "inventory：任一路由 期望被调用 1 次，实际 0 次。" in said


def test_strict_and_the_folder_are_options(run, tmp_path):
    (tmp_path / "own" / "internal").mkdir(parents=True)
    text = "service: tiny\nurl: http://tiny.internal\ndefault: one\nroutes:\n  GET /:\n    one: {text: hello}\n"
    (tmp_path / "own" / "internal" / "tiny.yaml").write_text(text)
    tests = """
@pytest.mark.scenario("tiny.one")
def test_unused(): pass

@pytest.mark.scenario("tiny.one")
def test_used(): assert requests.get("http://tiny.internal/").text == "hello"
"""
    said = run(tests, "--mocks=own")
    assert "2 passed" in said
    assert "mdt: 1 void tests (--mdt-strict fails them)" in said
    assert "VOID test_generated.py::test_unused - tiny.one: tiny was never called" in said
    said = run(tests, "--mocks=own", "--mdt-strict", code=1)
    assert "tiny.one: tiny was never called" in said
    assert "2 passed, 1 error" in said


VOID = """
import pytest

from mdt import mock_scenario

def test_void():
    with mock_scenario("inventory.outOfStock", "payment.declined") as m:
        m.stub("POST /internal/inventory/check", json={"quantity": 9}).reply(json=1)
        assert available() is False

def test_met():
    with mock_scenario("inventory.outOfStock") as m:
        m.stub("POST /internal/inventory/check").reply(json={"available": 3})
        m.switch("inventory.available")
        m.inventory.stub("GET /never").reply(json=1).remove()
        assert available() == 3
        m.reset()

def test_nobody_minds():
    with mock_scenario("payment.declined", strict=False): pass

@pytest.mark.may_be_void("nobody pays")
def test_says_so():
    with mock_scenario("payment.declined"): pass

def test_fails():
    with mock_scenario("payment.declined"):
        assert available() is None

def test_fails_later():
    with mock_scenario("payment.declined"): pass
    assert False
"""


def test_void_tests_are_told_apart_also_by_workers(run):
    for words in ((), ("-n", "2")):
        said = run(VOID, *words, code=1)

        told = [line for line in said.splitlines() if line.startswith("VOID")]
        assert len(told) == 2, said
        assert (
            "test_met - inventory.outOfStock: inventory was called with POST /internal/inventory/check (stub-1)"
            in told[0]
        )
        assert "test_void - payment.declined: payment was never called (and 1 more)" in told[1]
    said = run(VOID, "--mdt-strict", code=1)
    assert "VOID" not in said
    assert "Selected or expected, but never met:" in said
    assert "inventory.stub-1 (POST /internal/inventory/check): inventory was called with POST /internal" in said


def test_four_workers_never_see_each_other(run):
    said = run(
        """
import os, threading
from concurrent.futures import ThreadPoolExecutor
from mdt import mock_scenario
ANSWERS = {"inventory.available": True, "inventory.outOfStock": False, "inventory.serviceError": None}

@pytest.mark.parametrize("number", range(60))
def test_many(number, mocks):
    name = list(ANSWERS)[number % 3]
    mocks.switch(name)
    assert [available() for _ in range(20)] == [ANSWERS[name]] * 20
    assert len(mocks.calls()) == 20
    assert os.environ["PYTEST_XDIST_WORKER"] in mocks.session.id

def play(name):
    with mock_scenario(name) as m:
        return [available() for _ in range(20)] == [ANSWERS[name]] * 20 and m.session.id

@pytest.mark.parametrize("number", range(4))
def test_threads_in_workers(number):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(play, [*ANSWERS] * 4))
    assert all(ids) and len(set(ids)) == 12
""",
        "-n",
        "4",
    )
    assert "64 passed" in said


def test_the_options_are_described(run):
    said = run("", "--help")
    assert "--mocks=FOLDER" in said
    assert "--mdt-strict" in said
    assert "scenario(*names" in run("", "--markers")


ENVIRONMENTS = """
environments: {few: {dataset: few}, strict: {strict: true}}
"""
USERS = """
import pytest, requests
def users(): return requests.get("http://shop.internal/users").json()
def test_default(mocks): assert users() == EXPECTED
@pytest.mark.scenario("shop.ok", dataset="shared")
def test_marked(): assert users() == ["all"]
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["all"]),
        (("--mdt-env", "few"), ["few"]),
        (("--mdt-dataset=few",), ["few"]),
        (("-o", "mdt_env=few"), ["few"]),
        (("-o", "mdt_env=few", "--mdt-dataset", "shared"), ["all"]),
    ],
)
def test_flags_ini_and_marker_choose_environment_and_data_set(run, tmp_path, words, expected):
    routes = 'default: ok\nroutes:\n  GET /users: {ok: {json: "{{ shared.users }}"}}\n'
    files = {"mdt.yaml": ENVIRONMENTS, "internal/shop.yaml": routes, "shared/users.json": '["all"]'}
    mocks = write(tmp_path, {**files, "datasets/few/users.json": '["few"]'})

    assert "2 passed" in run(USERS.replace("EXPECTED", repr(expected)), "--mocks", str(mocks), *words)


def test_a_wrong_environment_fails_with_the_nearest(run):
    assert "There is no environment 'few'." in run("def test_one(mocks): ...", "--mdt-env=few", code=1)


def test_the_fixture_of_a_server(run, tmp_path):
    text = """
import subprocess, sys
import pytest, requests

ASK = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)"

@pytest.mark.parametrize("number", range(2))
@pytest.mark.scenario("shop.late", dataset="few")
def test_elsewhere(mdt_server, number):
    url = mdt_server.urls["shop"] + "/users"
    done = subprocess.run([sys.executable, "-c", ASK, url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "203"
    assert requests.get(url, timeout=5).json() == ["few"]
    assert [one["scenario"] for one in mdt_server.calls()] == ["late", "late"]

def test_unmatched(mdt_server):
    requests.get(mdt_server.urls["shop"] + "/nothing", timeout=5)
"""
    routes = 'default: ok\nroutes:\n  GET /users: {ok: {json: 1}, late: {status: 203, json: "{{ shared.users }}"}}\n'
    mocks = write(tmp_path, {"internal/shop.yaml": routes, "datasets/few/users.json": '["few"]'})

    out = run(text, "--mocks", str(mocks), code=1)

    assert "3 passed, 1 error" in out
    assert "closest route     GET /users" in out
