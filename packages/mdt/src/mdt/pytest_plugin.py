"""The pytest plugin: marker `scenario`, fixture `mocks`, --mocks, --mdt-strict, and near misses in reports.

    @pytest.mark.scenario("inventory.outOfStock")
    def test_order(mocks): ...
    def test_order_elsewhere(mdt_server): ...

The id of a test's session is made of its node id and the xdist worker.
"""

import dataclasses
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mdt.engine.expectations import RUNNING_TEST
from mdt.inprocess.pytest_context import PYTEST
from mdt.language import _

if TYPE_CHECKING:
    from mdt.engine.journal import Entry
    from mdt.inprocess.active_block import ActiveBlock
    from mdt.inprocess.handle import Mocks
    from mdt.testing import ServerSession, ServerUnderTest

CALLS_SHOWN = 20
VOID_SHOWN = 20
INI = {
    "mdt_env": _("environment of mdt.yaml that tests play in"),
    "mdt_dataset": _("data set of datasets/ that tests read"),
}
_opened = pytest.StashKey[list["ActiveBlock"]]()
_folder = pytest.StashKey[Path]()
_void = pytest.StashKey[dict[str, str]]()
_failed = pytest.StashKey[bool]()
VOID = "mdt_void"  # the property of a test's report for each thing that was never met


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mdt", "mock-driven testing")
    group.addoption(
        "--mocks", metavar="FOLDER", help=str(_("folder of the mock definitions; default: mocks/ here or above"))
    )
    for name, about in INI.items():
        flag = f"--{name.replace('_', '-')}"
        group.addoption(flag, dest=name, metavar="NAME", help=str(about))
        parser.addini(name, str(about), default="")
    group.addoption(
        "--mdt-strict", action="store_true", help=str(_("fail void tests: a scenario, stub or callback was never met"))
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "scenario(*names, strict=, mocks=, seed=, allow_hosts=, env=, dataset=): mdt scenarios that play during the test",
    )
    config.addinivalue_line(
        "markers", "may_be_void(reason): this test may select what it never meets, because it is about something else"
    )
    from mdt.inprocess.patching import install

    install()  # before any test starts a tool that replaces the same methods
    if folder := config.getoption("mocks"):
        from mdt.inprocess.folders import use_by_default

        config.stash[_folder] = Path(config.invocation_params.dir, folder)
        use_by_default(config.stash[_folder])


def pytest_unconfigure(config: pytest.Config) -> None:
    if folder := config.stash.get(_folder, None):
        from mdt.inprocess.folders import stop_using

        stop_using(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Names sessions after the running test."""
    before, hearer = dataclasses.replace(PYTEST), RUNNING_TEST.hear
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    opened: list[ActiveBlock] = []
    item.stash[_opened] = opened
    PYTEST.name = f"{item.nodeid}@{worker}" if worker else item.nodeid
    may_be_void = item.get_closest_marker("may_be_void")
    PYTEST.strict = item.config.getoption("mdt_strict") and not may_be_void
    PYTEST.opened = opened.append
    item.stash[_void] = {}
    RUNNING_TEST.hear = None if may_be_void else item.stash[_void].update
    PYTEST.env, PYTEST.dataset = (item.config.getoption(name) or item.config.getini(name) or None for name in INI)
    try:
        return (yield)
    finally:
        RUNNING_TEST.hear = hearer
        for field in dataclasses.fields(PYTEST):
            setattr(PYTEST, field.name, getattr(before, field.name))


@pytest.fixture
def mocks(request: pytest.FixtureRequest) -> Iterator["Mocks"]:
    """The session of this test, with the scenarios of its markers or the defaults.

    The marker of a function wins over that of its class or module.
    """
    from mdt.api import default_scenarios, mock_scenario

    markers = list(request.node.iter_markers("scenario"))[::-1]
    with ExitStack() as blocks:
        wanted = [mock_scenario(*marker.args, **marker.kwargs) for marker in markers] or [default_scenarios()]
        handles = [blocks.enter_context(block) for block in wanted]
        yield handles[-1]


@pytest.fixture(scope="session")
def _mdt_server() -> Iterator["ServerUnderTest"]:
    from mdt.testing import server

    with server() as running:
        yield running


@pytest.fixture
def mdt_server(request: pytest.FixtureRequest, _mdt_server: "ServerUnderTest") -> Iterator["ServerSession"]:
    """A session of its own on a mock server, for programs that run elsewhere: `mdt_server.urls["inventory"]`.

    The server is one for all tests. The nearest marker `scenario` selects its scenarios there, not in this process. At the end every
    call must have been answered.
    """
    from mdt.inprocess.blocks import session_id

    marker = request.node.get_closest_marker("scenario")
    named, options = (marker.args, dict(marker.kwargs)) if marker else ((), {})
    env, dataset = options.get("env") or PYTEST.env, options.get("dataset")
    dataset = dataset or (None if options.get("env") else PYTEST.dataset)
    known = {"seed": options.get("seed", PYTEST.name), "env": env, "dataset": dataset}
    known["strict"] = options.get("strict", PYTEST.strict or None)
    with _mdt_server.session(*named, id=session_id(PYTEST.name), **known) as session:
        yield session


@pytest.fixture(autouse=True)
def _mdt_marker(request: pytest.FixtureRequest) -> None:
    """Starts the session of a marked test that does not use a fixture of ours."""
    if request.node.get_closest_marker("scenario") and "mdt_server" not in request.fixturenames:
        request.getfixturevalue("mocks")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    if call.excinfo is not None:
        item.stash[_failed] = True
    elif call.when == "teardown" and not item.stash.get(_failed, False):
        item.user_properties += [(VOID, f"{name}: {why}") for name, why in item.stash.get(_void, {}).items()]
    report: Any = yield
    if report.failed:
        for block in item.stash.get(_opened, []):
            if block.outer is None:
                report.sections.append((str(_("mdt session {id}", id=block.session.id)), _text(block)))
    return report  # type: ignore[no-any-return]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Lists the tests that passed although something that they are about was never met."""
    reports = [
        one for found in terminalreporter.stats.values() for one in found if getattr(one, "when", "") == "teardown"
    ]
    void = {one.nodeid: [text for name, text in one.user_properties if name == VOID] for one in reports}
    tests = {test: texts for test, texts in sorted(void.items()) if texts}
    if tests:
        terminalreporter.section(str(_("mdt: {count} void tests (--mdt-strict fails them)", count=len(tests))))
    for test, texts in list(tests.items())[:VOID_SHOWN]:
        more = _(" (and {count} more)", count=len(texts) - 1) if len(texts) > 1 else ""
        terminalreporter.line(f"VOID {test} - {texts[0]}{more}")
    if len(tests) > VOID_SHOWN:
        terminalreporter.line(str(_("… and {count} more", count=len(tests) - VOID_SHOWN)))


def _text(block: "ActiveBlock") -> str:
    """What is selected, what was called, and the near misses in full."""
    entries = block.session.journal.entries(None)
    names = ", ".join(block.session.choice.labels()) or _("the defaults")
    lines = [str(_("selected: {names}", names=names))]
    lines += [f"  {_line(entry)}" for entry in entries[-CALLS_SHOWN:]] or [f"  {_('no calls')}"]
    misses = [near_miss for entry in entries if (near_miss := getattr(entry.outcome, "near_miss", None))]
    return "\n".join([*lines, *(f"\n{miss}" for miss in misses)])


def _line(entry: "Entry") -> str:
    from mdt.engine.messages import Fault, Reply
    from mdt.engine.outcome import Undelivered, Unmatched

    outcome = entry.outcome
    if isinstance(outcome, Undelivered):
        return f"{entry.number}. {entry.request.method} {entry.request.url} ✗ {outcome.why}"
    by = f"{entry.service}.{entry.scenario}" if entry.scenario else "mdt"  # which refuses bodies that it cannot decode
    if isinstance(outcome, Unmatched):
        played = str(_("unmatched"))
    elif isinstance(outcome, Reply):
        played = f"{by} {outcome.status}"
    else:
        played = f"{by} {outcome.kind if isinstance(outcome, Fault) else outcome.url}"
    return f"{entry.number}. {entry.request.method} {entry.request.url} → {played}"
