"""`faultlab run`, `chaos` and `list`: what they ask of the laboratory, what they say, and how they end."""

import json
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from testdb import DatabaseUnavailableError
from testdb.providers import advice

from faultlab.cases import catalogue
from faultlab.cli import fault, run_options
from tests.unit.commands import document, run
from tests.unit.report import sample
from tests.unit.world import Shop, spec

ADAPTER = ("--adapter", "tests.unit.world:Shop")
NO_ADAPTER_ZH = "没有适配器 'nope'。请用 --adapter module:name 指定适配器，或在 pyproject.toml: [tool.faultlab] adapters 中写明适配器所在的包；详见 faultlab/docs/adapters.md。"
PASSED, FAILED = sample.functional(), sample.case(status="failed")


class Fake:
    """A laboratory that ends as it is told."""

    def __init__(self):
        self.cases, self.wanted, self.specs = [PASSED], None, None
        self.stop = threading.Event()

    @contextmanager
    def open(self, wanted, say):
        say("starting a database")
        self.wanted = wanted
        yield SimpleNamespace(
            database=SimpleNamespace(version="MariaDB 11"), run=self.run, report=self.report, stop=self.stop
        )

    def run(self, specs, tell):
        self.specs = specs
        for case in self.cases:
            tell(case)
        return self.cases

    def report(self, cases):
        return sample.report(*cases, interrupted=self.stop.is_set())


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])


@pytest.fixture
def laboratory(monkeypatch):
    made = Fake()
    monkeypatch.setattr(run_options, "open_laboratory", made.open)
    return made


def ids(specs):
    return [one.id for one in specs]


def test_a_run_without_options(laboratory, tmp_path):
    result = run("run", *ADAPTER)

    wanted = laboratory.wanted
    assert result.exit_code == 0
    assert (wanted.kind, wanted.provider, wanted.testbeds, wanted.slack, wanted.adapter.name) == (
        "mysql",
        None,
        2,
        1.0,
        "shop",
    )
    assert 0 < wanted.seed < 1_000_000
    assert ids(laboratory.specs) == ["CANARY", *ids(catalogue.specs(Shop()))]
    assert [one.name for one in sorted((tmp_path / "reports").iterdir())] == [
        "junit.xml",
        "report.html",
        "report.json",
        "run.log",
    ]


def test_every_option_reaches_the_laboratory(laboratory, tmp_path):
    run(
        "run", *ADAPTER, "--db", "postgres", "--server", "docker", "--case", "FT-002", "--case", "reset-m5-*",
        "--clients", 3, "--clients", 5, "--seed", 4711, "--out", tmp_path / "here", "--testbeds", 4, "--slack", 2.5,
    )  # fmt: skip

    wanted = laboratory.wanted
    assert (wanted.kind, wanted.provider, wanted.seed, wanted.testbeds, wanted.slack) == (
        "postgresql",
        "docker",
        4711,
        4,
        2.5,
    )
    assert ids(laboratory.specs)[-2:] == ["reset-m5-3", "reset-m5-5"]
    assert ids(laboratory.specs)[:3] == ["CANARY", "FT-002", "FT-002a"]
    assert (tmp_path / "here" / "report.json").exists()


@pytest.mark.parametrize(
    ("given", "kind"),
    [("mysql", "mysql"), ("mariadb", "mariadb"), ("postgres", "postgresql"), ("postgresql", "postgresql")],
)
def test_names_of_databases(laboratory, given, kind):
    run("run", *ADAPTER, "--db", given)

    assert laboratory.wanted.kind == kind


def test_progress_goes_to_stderr_and_the_result_to_stdout(laboratory):
    laboratory.cases = [PASSED, FAILED, sample.not_run()]

    result = run("run", *ADAPTER, "--seed", 3)

    start, begin, *lines = result.stderr.splitlines()
    assert start == "starting a database"
    assert begin == f"Cases: {1 + len(catalogue.specs(Shop()))}, database MariaDB 11, seed 3"
    assert [line.split()[:2] for line in lines] == [["✓", PASSED.id], ["✗", FAILED.id], ["–", sample.not_run().id]]
    assert lines[1].endswith(f" s  {FAILED.reason}")
    assert lines[0].endswith(" s")
    assert f"{PASSED.duration_ms / 1000:.2f} s" in lines[0]
    first, *files = result.stdout.splitlines()
    assert first == "Not every promise was kept: passed 1, failed 1, void 0, not run 1, in 184.2 s, seed 7"
    assert files == ["  reports/report.json", "  reports/junit.xml", "  reports/report.html", "  reports/run.log"]


@pytest.mark.parametrize(
    ("case", "code", "english", "chinese"),
    [(PASSED, 0, "Every promise was kept: ", "所有承诺均已兑现："), (FAILED, 1, "Not every promise ", "并非所有承诺")],
)
@pytest.mark.parametrize("command", ["run", "chaos"])
def test_how_it_ends_in_both_languages(laboratory, command, case, code, english, chinese):
    laboratory.cases = [case]

    one, other = run(command, *ADAPTER), run(command, *ADAPTER, lang="zh")

    assert (one.exit_code, other.exit_code) == (code, code)
    assert one.stdout.startswith(english)
    assert other.stdout.startswith(chinese)
    assert "用例 " in other.stderr


def test_a_run_in_which_nothing_ran_is_not_good(laboratory):
    laboratory.cases = [sample.not_run()]

    assert run("run", *ADAPTER).exit_code == 1


def test_the_result_as_one_document(laboratory):
    laboratory.cases = [PASSED, FAILED]

    found = document("run", *ADAPTER, code=1)

    assert found["run"]["seed"] == 7
    assert (found["summary"]["passed"], found["summary"]["failed"], found["summary"]["ok"]) == (1, 1, False)
    assert found["failed"] == [{"id": FAILED.id, "reason": FAILED.reason}]
    assert found["files"] == ["reports/report.json", "reports/junit.xml", "reports/report.html", "reports/run.log"]
    assert json.loads(Path(found["files"][0]).read_text())["summary"] == found["summary"]


# --- priorities
@pytest.mark.parametrize(
    ("given", "priorities"), [(["P0"], {"P0"}), (["P0", "P1"], {"P0", "P1"}), ([], {"P0", "P1", "P2"})]
)
def test_cases_of_a_priority(laboratory, given, priorities):
    words = [word for one in given for word in ("--priority", one)]

    run("run", *ADAPTER, *words)
    listed = document("list", *ADAPTER, *words)

    canary, *others = laboratory.specs
    assert canary.id == "CANARY"
    assert {one.priority for one in others} == {one["priority"] for one in listed} == priorities
    assert ids(others) == [one["id"] for one in listed]


def test_a_priority_that_no_chosen_case_has_is_a_wrong_call(laboratory):
    result = run("run", *ADAPTER, "--case", "FT-001", "--priority", "P2")

    assert (result.exit_code, laboratory.wanted) == (2, None)
    assert "None of these cases has priority P2." in result.stderr


# --- Ctrl-C
@pytest.mark.parametrize(("lang", "said"), [("en", "Interrupted, a partial report: "), ("zh", "已中断，报告不完整：")])
def test_an_interrupted_run_writes_what_there_is_and_says_so(laboratory, lang, said):
    laboratory.cases = [PASSED, sample.not_run()]
    laboratory.stop.set()

    result = run("run", *ADAPTER, lang=lang)

    assert result.exit_code == 130
    assert result.stdout.startswith(said)
    assert json.loads(Path("reports/report.json").read_text())["run"]["interrupted"] is True
    assert "interrupted: passed 1" in Path("reports/run.log").read_text()


def test_a_partial_report_is_never_good_whatever_it_holds(laboratory):
    laboratory.stop.set()
    run("run", *ADAPTER)

    result = run("check", "reports")

    assert result.exit_code == 1
    assert "The run was interrupted: this is a partial report." in result.stderr


def test_the_log_grows_with_every_case(laboratory, monkeypatch):
    laboratory.cases = [PASSED, FAILED]

    def die(*_):
        raise KeyboardInterrupt

    laboratory.report = die
    assert run("run", *ADAPTER).exit_code == 130

    log = Path("reports/run.log").read_text()
    assert (f" {PASSED.id} passed in " in log, f" {FAILED.id} failed in " in log) == (True, True)


# --- chaos
def test_chaos_is_one_case_in_one_lane(laboratory):
    result = run("chaos", *ADAPTER, "--minutes", 0.5, "--clients", 3, "--db", "mariadb", "--seed", 5)

    canary, one = laboratory.specs
    assert canary.id == "CANARY"
    assert (one.id, one.clients, one.title.en) == ("CHAOS", 3, "Random faults for 0.5 min")
    assert (laboratory.wanted.testbeds, laboratory.wanted.kind, laboratory.wanted.seed) == (1, "mariadb", 5)
    assert "Cases: 2, database MariaDB 11, seed 5" in result.stderr


def test_chaos_of_its_own_accord(laboratory):
    run("chaos", *ADAPTER)

    _canary, one = laboratory.specs
    assert (one.clients, one.title.en) == (8, "Random faults for 2 min")


# --- wrong calls
@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("run", [*ADAPTER, "--case", "FT-0022"], "There is no case 'FT-0022'. Did you mean FT-002"),
        ("run", ["--adapter", "shop"], "There is no adapter 'shop'."),
        ("chaos", ["--adapter", "shop"], "There is no adapter 'shop'."),
        ("list", ["--adapter", "no_such_module:X"], "The adapter's module no_such_module cannot be loaded"),
        ("run", [*ADAPTER, "--db", "oracle"], "oracle"),
        ("run", [*ADAPTER, "--seed", "0"], "--seed"),
        ("run", [*ADAPTER, "--testbeds", "9"], "--testbeds"),
        ("run", [*ADAPTER, "--clients", "0"], "--clients"),
        ("run", [*ADAPTER, "--slack", "0.5"], "--slack"),
        ("chaos", [*ADAPTER, "--minutes", "0"], "--minutes"),
    ],
)
def test_a_wrong_call_starts_no_database(laboratory, command, options, said):
    result = run(command, *options)

    assert result.exit_code == 2
    assert said in result.stderr
    assert laboratory.wanted is None


# --- list
def test_list_shows_every_case_in_the_language_that_is_spoken():
    english, chinese = run("list", *ADAPTER), run("list", *ADAPTER, lang="zh")

    known = catalogue.specs(Shop())
    assert english.stdout.splitlines() == [f"{one.id:<16} {one.priority}  {one.title.en}" for one in known]
    assert chinese.stdout.splitlines() == [f"{one.id:<16} {one.priority}  {one.title.zh}" for one in known]
    assert english.exit_code == 0


def test_list_as_a_document_with_the_services_own_cases(monkeypatch):
    monkeypatch.setattr(Shop, "cases", lambda _: [spec("OWN", fault="kill", moment="m1", control=True)], raising=False)

    found = document("list", *ADAPTER)

    assert len(found) == len(catalogue.specs(Shop()))
    assert {
        "id": "OWN", "title": {"en": "Case OWN", "zh": "用例 OWN"}, "kind": "fault_tolerance", "priority": "P1",
        "fault": "kill", "moment": "m1", "clients": 1, "control": True,
    } in found  # fmt: skip


def test_that_no_database_can_be_had_is_no_broken_promise(laboratory, monkeypatch):
    @contextmanager
    def none(*_):
        raise DatabaseUnavailableError("install one")
        yield

    monkeypatch.setattr(run_options, "open_laboratory", none)

    result = run("run", *ADAPTER)

    assert (result.exit_code, "install one" in result.stderr) == (3, True)


def test_the_databases_words_are_in_the_same_language(laboratory, monkeypatch):
    @contextmanager
    def none(*_):
        raise DatabaseUnavailableError(advice("mysql"))
        yield

    monkeypatch.setattr(run_options, "open_laboratory", none)

    assert "没有可用的 MySQL" in run("run", *ADAPTER, lang="zh").stderr
    assert "没有可用的 MySQL" in run("run", *ADAPTER, "--lang", "zh").stderr
    assert "No MySQL could be had" in run("run", *ADAPTER, env={"TESTDB_LANG": "zh"}).stderr


def test_the_old_name_of_an_option(laboratory):
    run("run", *ADAPTER, "--lanes", 3)

    assert laboratory.wanted.testbeds == 3


# --- as commands of another command line
def test_another_command_line_takes_the_commands_in():
    @click.group
    def other():
        pass

    other.add_command(fault)
    found = CliRunner().invoke(other, ["fault", "list", "--adapter", "nope", "--lang", "zh"])
    good = CliRunner().invoke(other, ["fault", "list", *ADAPTER])

    assert (found.exit_code, found.stderr) == (2, f"Error: {NO_ADAPTER_ZH}\n")
    assert good.exit_code == 0
    assert good.stdout.startswith("FT-001           P0  Everything works")
