"""`mdt test integration`: runs the integration tests with mocks, then reports the coverage of scenarios."""

import math
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mdt.cli import targets
from mdt.cli.commands import DATASET, ENVIRONMENT, MOCKS, Decorator, argument, command, option
from mdt.cli.integration.coverage import coverage, write_reports
from mdt.cli.integration.drift import drift
from mdt.cli.integration.environment import DATA, ENV, environment
from mdt.cli.integration.exchanges import same_exchange
from mdt.cli.integration.usage import CallLog, exchanges_of, read_records, uses_of
from mdt.cli.output import ExitCode, emit, note, wrong_usage
from mdt.cli.targets import connected, selectable
from mdt.contracts.journal import exchanges_in, journal
from mdt.definitions import Catalog
from mdt.engine.selection import resolve
from mdt.language import _

if TYPE_CHECKING:
    from mdt.server.mock_server import MockServer

WITH: Decorator = option(
    "--with-mocks",
    is_flag=True,
    help=_("Start a server on a free port; each service's address is in its variable (INVENTORY_URL, …)."),
)
SCENARIO = option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help=_("Selected from the start; may be repeated.")
)
TESTS = option(
    "--tests",
    default="tests/integration",
    show_default=True,
    metavar="PATH",
    help=_("Where the tests are, unless the arguments name a place."),
)
REPORTS = option(
    "--reports",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports/mdt"),
    show_default=True,
    help=_("Folder for coverage.json and coverage.html."),
)
FAIL_UNDER = option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help=_("Exit code 1 if fewer of the scenarios were used, although the tests passed."),
)
PYTEST = argument(
    "pytest_arguments", nargs=-1, type=click.UNPROCESSED, help=_("Arguments for pytest, whose exit code is the result.")
)


@command(
    "integration",
    _("Run pytest with a mock server and report which scenarios were used. Unknown options go to pytest."),
    PYTEST,
    WITH,
    SCENARIO,
    ENVIRONMENT,
    DATASET,
    TESTS,
    REPORTS,
    FAIL_UNDER,
    MOCKS,
    context_settings={"ignore_unknown_options": True},
)
def integration(
    *,
    pytest_arguments: tuple[str, ...],
    scenarios: tuple[str, ...],
    environment: str | None,
    dataset: str | None,
    tests: str,
    reports: Path,
    fail_under: float | None,
    mocks: Path | None,
    with_mocks: bool,
    as_json: bool,
) -> int:
    """Returns pytest's exit code."""
    wanted = arguments(pytest_arguments, tests)
    if not with_mocks:
        if fail_under is not None:
            raise wrong_usage(_("--fail-under needs --with-mocks, which measures the coverage."))
        note(_("Without --with-mocks no mock server is started and no coverage is reported."))
        return run_pytest(wanted, os.environ, to_stderr=as_json)
    catalog = targets.catalog(mocks)
    catalog.data.check(environment, dataset)
    around = {ENV: environment or "", DATA: dataset or ""}
    document, made = _measured(catalog, scenarios, wanted, around, to_stderr=as_json)
    files = write_reports(document, made, reports)
    emit(document, as_json=as_json, human=lambda: _print(document, files))
    code: int = document["pytest"]["exitCode"]
    return code or _too_few(document["summary"], fail_under)


def _too_few(summary: Mapping[str, Any], least: float | None) -> ExitCode:
    """PROBLEMS if fewer scenarios were used than asked for; a note says how many are missing."""
    used = 100 * summary["covered"] / summary["scenarios"] if summary["scenarios"] else 100
    if least is None or used >= least:
        return ExitCode.OK
    missing = math.ceil(least * summary["scenarios"] / 100) - summary["covered"]
    percent, wanted = summary["percent"], format(least, "g")
    note(
        _(
            "{percent} % of the scenarios were used, less than the {wanted} % of --fail-under: {missing} more are needed.",
            percent=percent,
            wanted=wanted,
            missing=missing,
        )
    )
    return ExitCode.PROBLEMS


def _measured(
    catalog: Catalog, scenarios: tuple[str, ...], wanted: list[str], around: Mapping[str, str], *, to_stderr: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The coverage document with pytest's exit code, and the journal."""
    named, log = [selectable(one) for one in scenarios], CallLog()
    if named:
        resolve(catalog, named)  # reports a wrong name before anything starts
    with tempfile.TemporaryDirectory(prefix="mdt-") as temporary, _server(catalog, log) as server:
        records = Path(temporary)
        with connected(server.url, server.token) as client:
            surroundings = {"environment": around[ENV] or None, "dataset": around[DATA] or None}
            opened = client.open(f"run-{secrets.token_hex(3)}", named, **surroundings)
        env = environment(
            {**os.environ, **around},
            catalog,
            server=server.url,
            token=server.token,
            opened=opened,
            scenarios=scenarios,
            records=records,
        )
        note(_("Mock server on {url} plays {folder}", url=server.url, folder=catalog.folder))
        code = run_pytest(wanted, env, to_stderr=to_stderr)
        calls, ran = log.calls(), read_records(records)
    uses, exchanges = uses_of(calls, ran, opened["id"]), exchanges_of(calls, ran, opened["id"])
    made = journal(exchanges, same_exchange, catalog.settings.consumer or Path.cwd().name)
    found = drift(catalog, exchanges_in(made))
    void = [{"test": one.test, "unmet": list(one.void)} for one in ran if one.void]
    return coverage(catalog, uses, found, void=void, arguments=wanted, exit_code=code), made


def _server(catalog: Catalog, log: CallLog) -> AbstractContextManager["MockServer"]:
    """Starts a server on free ports of this machine, because another one may use those of mdt.yaml."""
    from mdt.server.runner import serving

    tls_port = None if catalog.settings.tls_port is None else 0
    return serving(catalog.folder, host="127.0.0.1", port=0, tls_port=tls_port, on_entry=log.record)


def _print(document: dict[str, Any], files: list[Path]) -> None:
    click.echo(
        _(
            "Scenarios used: {covered} of {scenarios} ({percent} %), calls {calls}, unmatched {unmatched}",
            **document["summary"],
        )
    )
    for one in document["uncovered"]:
        place = f"{one['file']}:{one['line']}"
        click.echo(f"  {_('never used')} {one['service']}.{one['scenario']}   {one['route']}   {place}")
    for one in document["unmatched"]:
        click.echo(f"  {_('unmatched ')} {one['request']}   {one['test'] or ''}".rstrip())
    _print_void(document["void"])
    _print_drift(document["drift"])
    for file in files:
        click.echo(f"  {file}")


def _print_void(tests: list[dict[str, Any]]) -> None:
    for one in tests:
        for text in one["unmet"]:
            click.echo(f"  {_('void      ')} {one['test']}   {text}")


def _print_drift(found: list[dict[str, Any]]) -> None:
    for one in found:
        place = f"{one['file']}:{one['line']}"
        click.echo(f"  {_('drift     ')} {one['service']}.{one['scenario']}   {one['problem']}   {place}")
        for test in one["tests"]:
            click.echo(f"             {test}")


def arguments(given: tuple[str, ...], default: str) -> list[str]:
    """The arguments for pytest; `default` is the folder of tests if they name none."""
    named = any(Path(one.partition("::")[0]).exists() for one in given if not one.startswith("-"))
    return [*([] if named else [default]), *given]


def run_pytest(wanted: list[str], env: Mapping[str, str], *, to_stderr: bool) -> int:
    """Runs pytest. Returns its exit code, or 128 + the signal that ended it."""
    command = [sys.executable, "-m", "pytest", *wanted]
    process = subprocess.Popen(command, env=dict(env), stdout=sys.stderr if to_stderr else None)  # noqa: S603
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue  # pytest gets it too, writes its summary and ends
        return code if code >= 0 else 128 - code
