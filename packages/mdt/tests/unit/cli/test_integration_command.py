"""`mdt test integration` with stand-ins for the server and for pytest."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mdt.cli.integration import command
from mdt.cli.integration.command import run_pytest
from mdt.cli.integration.usage import CallLog
from mdt.definitions import load
from mdt.engine.journal import Entry
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import NearMiss, Unmatched
from mdt.server import client as client_module
from mdt.server import runner
from tests.unit.cli.support import TREE, run, tree

MISS = "mocks/internal/shop.yaml"


class Pytest:
    """Notes how it was run; `act` is what the tests do."""

    def __init__(self, code: int) -> None:
        self.code = code
        self.runs: list[tuple[list[str], dict[str, str], bool]] = []
        self.ear: CallLog | None = None
        self.missing = False

    def __call__(self, wanted: list[str], env: dict[str, str], *, to_stderr: bool) -> int:
        self.runs.append((wanted, dict(env), to_stderr))
        if self.ear:
            request = Request("POST", "http://here/orders", "here", "/orders")
            miss = Unmatched(NearMiss(request, "", None, None, None, (), "No."))
            if self.missing:
                self.ear.record("x", Entry(1, datetime.now(UTC), "shop", None, None, request, miss))
            self.ear.record("x", Entry(1, datetime.now(UTC), "shop", "POST /orders", "full", request, Reply(409)))
        return self.code


@pytest.fixture
def tests(monkeypatch: pytest.MonkeyPatch) -> Pytest:
    """Both stand-ins."""
    stand_in = Pytest(0)

    @contextmanager
    def server(_catalog: Any, ear: CallLog) -> Iterator[SimpleNamespace]:
        stand_in.ear = ear
        yield SimpleNamespace(url="http://s", token=None)

    class Client:
        def __init__(self, *_: Any) -> None: ...

        def open(self, id: str, names: list, **_: Any) -> dict:  # noqa: A002
            return {"id": id, "urls": {"shop": f"http://s/_s/{id}/shop"}}

    monkeypatch.setattr(command, "_server", server)
    monkeypatch.setattr(command, "run_pytest", stand_in)
    monkeypatch.setattr(client_module, "Client", Client)
    return stand_in


def test_report_is_printed_and_written(tmp_path: Path, tests: Pytest) -> None:
    tree(tmp_path)

    result = run("test", "integration", "--with-mocks", "-k", "x")

    ((wanted, env, to_stderr),) = tests.runs
    assert (wanted, to_stderr) == (["tests/integration", "-k", "x"], False)
    assert env["SHOP_URL"].startswith("http://s/_s/run-")
    assert result.exit_code == 0
    assert result.stderr == "Mock server on http://s plays mocks\n"
    assert result.stdout.splitlines() == [
        "Scenarios used: 1 of 5 (20.0 %), calls 1, unmatched 0",
        f"  never used shop.ok   POST /orders   {MISS}:8",
        f"  never used shop.flaky   POST /orders   {MISS}:13",
        f"  never used shop.lost   POST /orders   {MISS}:14",
        f"  never used shop.ok   GET /orders/{{id}}   {MISS}:16",
        "  reports/mdt/coverage.json",
        "  reports/mdt/coverage.html",
        "  reports/mdt/journal.json",
    ]


def test_unmatched_calls_are_printed(tmp_path: Path, tests: Pytest) -> None:
    tree(tmp_path)
    tests.missing = True

    said = run("test", "integration", "--with-mocks").stdout

    assert "calls 1, unmatched 1\n" in said
    assert "  unmatched  POST http://here/orders\n" in said


def test_document_is_the_report(tmp_path: Path, tests: Pytest) -> None:
    tree(tmp_path)
    tests.code = 3

    result = run("test", "integration", "--with-mocks", "--json", "--reports", "out")

    assert result.exit_code == 3
    assert json.loads(result.stdout) == json.loads((tmp_path / "out" / "coverage.json").read_text(encoding="utf-8"))
    assert json.loads(result.stdout)["pytest"]["exitCode"] == 3
    assert tests.runs[0][2] is True


def test_wrong_scenario_starts_nothing(tmp_path: Path, tests: Pytest) -> None:
    tree(tmp_path)

    assert run("test", "integration", "--with-mocks", "--scenario", "shop.nope").exit_code == 2
    assert tests.runs == []


def test_without_mocks_only_pytest_runs(tests: Pytest) -> None:
    tests.code = 5

    result = run("test", "integration", "--", "--json")

    assert result.exit_code == 5
    assert tests.runs[0][0] == ["tests/integration", "--json"]
    assert "Without --with-mocks" in result.stderr


@pytest.mark.parametrize(("written", "tls"), [("port: 80\nhost: 0.0.0.0", None), ("tlsPort: 443", 0)])
def test_server_takes_free_ports_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, tls: int | None
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(runner, "serving", lambda folder, **options: given.append((folder, options)))
    log = CallLog()

    command._server(load(tree(tmp_path, {**TREE, "mdt.yaml": written}), {}), log)

    ((folder, options),) = given
    assert folder == tmp_path / "mocks"
    assert options == {"host": "127.0.0.1", "port": 0, "tls_port": tls, "on_entry": log.record}


class Process:
    """Ends with the last of these: exit codes, or Ctrl-C."""

    ends: list[Any]
    started: list[Any]

    def __init__(self, command_line: list[str], **options: Any) -> None:
        self.started.append((command_line[1:], options))

    def wait(self) -> int:
        end = self.ends.pop(0)
        if isinstance(end, int):
            return end
        raise end


@pytest.mark.parametrize(
    ("ends", "code"), [([0], 0), ([5], 5), ([-9], 137), ([KeyboardInterrupt(), KeyboardInterrupt(), 2], 2)]
)
def test_exit_code_of_the_process(monkeypatch: pytest.MonkeyPatch, ends: list, code: int) -> None:
    monkeypatch.setattr(Process, "ends", list(ends), raising=False)
    monkeypatch.setattr(Process, "started", [], raising=False)
    monkeypatch.setattr(subprocess, "Popen", Process)

    assert run_pytest(["-q"], {"A": "b"}, to_stderr=False) == code
    assert Process.started == [(["-m", "pytest", "-q"], {"env": {"A": "b"}, "stdout": None})]


@pytest.mark.parametrize(
    ("least", "code", "pytest_code", "expected"),
    [
        ("0", 0, 0, ""),
        ("20", 0, 0, ""),
        ("20.1", 1, 0, "less than the 20.1 % of --fail-under: 1 more are needed"),
        ("100", 1, 0, "4 more are needed"),
        ("100", 2, 2, "Mock server on"),  # the failure of the tests is the result
    ],
)
def test_too_few_scenarios_fail(tmp_path, tests, least, code, pytest_code, expected) -> None:
    tree(tmp_path)
    tests.code = pytest_code

    result = run("test", "integration", "--with-mocks", "--fail-under", least)

    assert "Scenarios used: 1 of 5" in result.stdout
    assert expected in result.stderr
    assert result.exit_code == code
    assert (tmp_path / "reports/mdt/coverage.html").is_file()


@pytest.mark.parametrize("words", [("--fail-under", "5"), ("--with-mocks", "--fail-under", "101")])
def test_fail_under_that_means_nothing_is_refused(tests, words) -> None:
    assert run("test", "integration", *words).exit_code == 2
    assert tests.runs == []


def test_environment_and_data_set_go_to_the_tests(tmp_path, tests) -> None:
    tree(tmp_path, {**TREE, "mdt.yaml": "environments: {ci: {}}", "datasets/few/orders.json": "[]"})

    assert run("test", "integration", "--with-mocks", "--env", "ci", "--dataset", "few").exit_code == 0

    ((_, env, _),) = tests.runs
    assert (env["MDT_ENV"], env["MDT_DATASET"]) == ("ci", "few")
    wrong = run("test", "integration", "--with-mocks", "--dataset", "fev")
    assert (wrong.exit_code, len(tests.runs)) == (2, 1)
    assert "There is no data set 'fev'. Did you mean few?" in wrong.stderr
