"""Scenario coverage: who used what is found out, counted, and said as JSON and HTML."""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest

from mdt.cli.integration.command import arguments
from mdt.cli.integration.coverage import coverage, write_reports
from mdt.cli.integration.coverage_page import html
from mdt.cli.integration.coverage_schema import coverage_schema
from mdt.cli.integration.environment import environment, variable_names
from mdt.cli.integration.usage import Attribution, CallLog, LoggedCall, RanTest, Use, read_records, uses_of
from mdt.definitions import Catalog, load
from mdt.engine.journal import Entry
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import NearMiss, Outcome, Unmatched
from mdt.language import choose
from tests.unit.cli.support import tree
from tests.unit.cli.test_list_and_schema import VIRTUAL
from tests.unit.folders import loaded

ONE, TWO = "tests/test_a.py::test_one", "tests/test_a.py::test_two"


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return load(tree(tmp_path), {})


def entry(scenario: str | None = "ok", route: str | None = "POST /orders", service: str | None = "shop") -> Entry:
    request = Request("POST", "http://here/orders", "here", "/orders")
    miss = NearMiss(request, "", None, None, None, (), "No route fits.")
    outcome: Outcome = Reply() if scenario else Unmatched(miss)
    return Entry(1, datetime.now(UTC), service, route, scenario, request, outcome)


def report(catalog: Catalog, *uses: Use) -> dict:
    document = coverage(catalog, uses, arguments=["-q"], exit_code=0)
    jsonschema_rs.Draft202012Validator(coverage_schema()).validate(document)
    return document


def use(scenario: str = "ok", test: str | None = ONE, calls: int = 1, route: str = "POST /orders") -> Use:
    return Use("shop", route, scenario, test, "run", calls)


def test_void_tests_are_in_the_document_and_on_the_page(catalog: Catalog) -> None:
    void = [{"test": ONE, "unmet": ["shop.ok: shop was never called", "callback x: <nobody>"]}]
    document = coverage(catalog, [], void=void, arguments=[], exit_code=0)
    jsonschema_rs.Draft202012Validator(coverage_schema()).validate(document)

    assert (document["summary"]["void"], document["void"]) == (1, void)
    assert "callback x: &lt;nobody&gt;" in html(document)
    assert "Void tests" in html(document)
    assert "Void tests" not in html(report(catalog))


def test_schema_is_one() -> None:
    jsonschema_rs.meta.validate(coverage_schema())


@pytest.mark.parametrize(("place", "value"), [("line", 0), ("calls", -1), ("name", None)])
def test_schema_refuses_what_is_wrong(catalog: Catalog, place: str, value: object) -> None:
    document = report(catalog)
    document["services"][0]["routes"][0]["scenarios"][0][place] = value

    assert not jsonschema_rs.Draft202012Validator(coverage_schema()).is_valid(document)


def test_counts_by_route_and_test(catalog: Catalog) -> None:
    document = report(catalog, use(), use(), use(test=TWO, calls=3), use("full", test=None))

    (service,) = document["services"]
    post = {one["name"]: one for one in service["routes"][0]["scenarios"]}
    assert post["ok"]["calls"] == 5
    assert post["ok"]["tests"] == [{"id": ONE, "calls": 2}, {"id": TWO, "calls": 3}]
    assert post["full"]["tests"] == [{"id": None, "calls": 1}]
    assert (post["ok"]["file"], post["ok"]["line"]) == ("mocks/internal/shop.yaml", 8)
    assert service["calls"] == 6
    assert document["summary"] == {
        "scenarios": 5,
        "covered": 2,
        "percent": 40.0,
        "calls": 6,
        "unmatched": 0,
        "drift": 0,
        "void": 0,
    }


def test_same_scenario_of_another_route_is_not_covered_by_it(catalog: Catalog) -> None:
    missing = report(catalog, use())["uncovered"]

    assert [(one["route"], one["scenario"]) for one in missing] == [
        *(("POST /orders", "full"), ("POST /orders", "flaky"), ("POST /orders", "lost"), ("GET /orders/{id}", "ok"))
    ]
    assert missing[-1] == {
        "service": "shop", "route": "GET /orders/{id}", "scenario": "ok", "file": "mocks/internal/shop.yaml", "line": 16
    }  # fmt: skip


def test_virtual_routes_count(tmp_path: Path) -> None:
    catalog = loaded(tmp_path, {"internal/stock/service.yaml": "{}", "internal/stock/virtual.py": VIRTUAL})

    document = report(catalog, Use("stock", "GET /stock", "virtual", ONE, "run"))

    assert document["summary"]["percent"] == 100.0
    assert document["services"][0]["routes"][0]["scenarios"][0]["line"] == 8
    assert '<details open class="complete">' in html(document)


def test_nothing_to_cover_is_all_covered(tmp_path: Path) -> None:
    assert report(loaded(tmp_path, {}))["summary"]["percent"] == 100.0


def test_unmatched_calls_are_listed_together(catalog: Catalog) -> None:
    miss = Use("shop", "", "", ONE, "run", 1, "POST http://here/x", "No route fits.")

    document = report(catalog, miss, miss, Use("", "", "", None, "run", 1, "GET http://else/", "No service."))

    assert document["summary"]["unmatched"] == 3
    assert [(one["request"], one["test"], one["calls"]) for one in document["unmatched"]] == [
        *(("POST http://here/x", ONE, 2), ("GET http://else/", None, 1))
    ]


def test_call_belongs_to_the_test_that_ran_then(catalog: Catalog) -> None:
    ran = [RanTest(ONE, "main", 10, 20), RanTest(TWO, "main", 21, 30)]
    heard = [LoggedCall("run", at, entry()) for at in (9.9, 10, 20, 20.5, 25, 31)]

    assert [one.test for one in uses_of(heard, ran, "run")] == [None, ONE, ONE, None, TWO, None]


def test_workers_have_sessions_of_their_own() -> None:
    ran = [RanTest(ONE, "gw0", 10, 20), RanTest(TWO, "gw1", 10, 20)]
    tests = Attribution(ran, "run")

    assert tests.of("run-gw0", 15) == ONE
    assert tests.of("run-gw1", 15) == TWO
    assert tests.of("run", 15) is None
    assert tests.of("run-gw2", 15) is None
    assert tests.of("other-gw0", 15) is None


def test_session_named_after_a_test_belongs_to_it() -> None:
    ran = [RanTest(ONE, "gw0", 10, 20), RanTest(TWO, "gw1", 10, 20)]
    plain = hashlib.sha256(ONE.encode()).hexdigest()[:8]
    with_worker = hashlib.sha256(f"{TWO}@gw1".encode()).hexdigest()[:8]
    tests = Attribution(ran, "run")

    assert tests.of(f"test_one-{plain}-3", 99) == ONE
    assert tests.of(f"0123abcd-{with_worker}-1", 99) == TWO
    assert tests.of("0123abcd-1", 99) is None


def test_session_of_somebody_else_falls_into_the_time_of_the_only_worker() -> None:
    assert Attribution([RanTest(ONE, "main", 10, 20)], "run").of("default", 15) == ONE
    assert Attribution([RanTest(ONE, "main", 10, 20)], "run").of("run-mine", 15) == ONE


def test_uses_inside_the_process_are_added() -> None:
    ran = [RanTest(ONE, "main", 10, 20, (("shop", "POST /orders", "full", 2),))]

    assert uses_of([], ran, "run") == [Use("shop", "POST /orders", "full", ONE, "", 2)]


def test_unmatched_entry_becomes_a_use_without_scenario() -> None:
    (found,) = uses_of([LoggedCall("run", 1.0, entry(None, None, None))], [], "run")

    assert (found.service, found.route, found.scenario) == ("", "", "")
    assert found.request == "POST http://here/orders"
    assert "No route fits." in found.reason


def test_route_whose_template_failed_is_not_covered() -> None:
    request = Request("POST", "http://here/orders", "here", "/orders")
    outcome = Unmatched(NearMiss(request, "", "POST /orders", "f", 1, (), "cannot be written"))
    failed = Entry(1, datetime.now(UTC), "shop", "POST /orders", "ok", request, outcome)

    (found,) = uses_of([LoggedCall("run", 1.0, failed)], [], "run")

    assert found.scenario == ""


def test_ear_keeps_order() -> None:
    ear = CallLog()
    ear.record("a", entry())
    ear.record("b", entry())

    assert [one.session for one in ear.calls()] == ["a", "b"]


def test_records_are_read_and_half_a_line_is_not(tmp_path: Path) -> None:
    line = json.dumps({"test": ONE, "start": 1, "stop": 2, "uses": [["s", "r", "n", 3]]})
    (tmp_path / "gw0.jsonl").write_text(f"{line}\n{line[:20]}", encoding="utf-8")
    (tmp_path / "gw1.jsonl").write_text("", encoding="utf-8")

    assert read_records(tmp_path) == [RanTest(ONE, "gw0", 1, 2, (("s", "r", "n", 3),))]


def test_variables_of_services(tmp_path: Path) -> None:
    files = {
        "internal/one.yaml": "url: ${FIRST_ADDRESS:-http://one}",
        "internal/two-words.yaml": "url: http://two",
        "internal/three.yaml": "url: http://${HOST:-three}/x",
        "internal/four.yaml": "title: four",
    }

    assert variable_names(loaded(tmp_path, files)) == {
        "one": "FIRST_ADDRESS",
        "two-words": "TWO_WORDS_URL",
        "three": "THREE_URL",
        "four": "FOUR_URL",
    }


def test_environment_of_the_tests(catalog: Catalog, tmp_path: Path) -> None:
    opened = {"id": "run-1", "urls": {"shop": "http://127.0.0.1:9/_s/run-1/shop"}}

    env = environment(
        {"PATH": "p", "PYTEST_PLUGINS": "mine", "SHOP_URL": "http://real"},
        catalog,
        server="http://127.0.0.1:9",
        token="t",
        opened=opened,
        scenarios=("shop.full",),
        records=tmp_path,
    )

    assert env == {
        "PATH": "p",
        "PYTEST_PLUGINS": "mine,mdt.cli.integration.recorder",
        "SHOP_URL": "http://127.0.0.1:9/_s/run-1/shop",
        "MDT_SERVER": "http://127.0.0.1:9",
        "MDT_SESSION": "run-1",
        "MDT_TOKEN": "t",
        "MDT_LANG": "en",
        "MDT_MOCKS": str(tmp_path / "mocks"),
        "MDT_RECORDS": str(tmp_path),
        "MDT_VARIABLES": '{"shop": "SHOP_URL"}',
        "MDT_SCENARIOS": '["shop.full"]',
    }


def test_environment_without_token_and_plugins(catalog: Catalog, tmp_path: Path) -> None:
    opened = {"id": "run-1", "urls": {"shop": "http://x"}}

    env = environment({}, catalog, server="http://x", token=None, opened=opened, scenarios=(), records=tmp_path)

    assert "MDT_TOKEN" not in env
    assert env["PYTEST_PLUGINS"] == "mdt.cli.integration.recorder"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), ["tests/integration"]),
        (("-q", "-k", "x"), ["tests/integration", "-q", "-k", "x"]),
        (("mine.py",), ["mine.py"]),
        (("mine.py::test_a", "-q"), ["mine.py::test_a", "-q"]),
        (("--mine.py",), ["tests/integration", "--mine.py"]),
    ],
)
def test_place_of_the_tests(tmp_path: Path, given: tuple[str, ...], expected: list[str]) -> None:
    (tmp_path / "mine.py").touch()

    assert arguments(given, "tests/integration") == expected


def test_reports_are_written(catalog: Catalog, tmp_path: Path) -> None:
    document = report(catalog, use())

    as_json, as_html, _journal = write_reports(document, {}, tmp_path / "reports" / "mdt")

    assert json.loads(as_json.read_text(encoding="utf-8")) == document
    assert as_html.name == "coverage.html"


def test_page_loads_nothing_and_says_all(catalog: Catalog) -> None:
    miss = Use("shop", "", "", None, "run", 1, "GET http://here/<x>", "No <b>route</b> fits.")

    page = html(report(catalog, use(calls=7), miss))

    assert not re.search(r"""(src|href)\s*=|@import|url\(""", page)
    assert "{{" not in page
    assert "{%" not in page
    assert f"{ONE} <b>×7</b>" in page
    assert "&lt;b&gt;route&lt;/b&gt;" in page
    assert "<b>route</b>" not in page
    assert "mocks/internal/shop.yaml:16" in page
    assert page.count('<tr class="no">') == 4
    assert page.count('<tr class="yes">') == 1
    assert '<span lang="en">Scenario coverage</span><span lang="zh">场景覆盖率</span>' in page


def test_page_marks_what_is_complete(catalog: Catalog) -> None:
    page = html(report(catalog, use(route="GET /orders/{id}")))

    assert page.count('<tr class="route complete">') == 1
    assert '<i style="width: 20%">' in page
    assert '<span class="count">1 / 5</span>' in page
    assert '<details open class="complete">' not in page


@pytest.mark.parametrize(("name", "shown"), [("en", 'lang="en" data-lang="en"'), ("zh", 'lang="zh-CN" data-lang="zh"')])
def test_page_begins_in_the_language_that_is_spoken(catalog: Catalog, name: str, shown: str) -> None:
    choose(name)
    try:
        assert f"<html {shown}>" in html(report(catalog))
    finally:
        choose(None)


def test_page_without_services(tmp_path: Path) -> None:
    assert "There are no services." in html(report(loaded(tmp_path, {})))
