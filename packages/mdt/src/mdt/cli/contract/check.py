"""`mdt contract check`: do the mocks keep the contracts, has every status a scenario, has everybody confirmed the versions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, command, option
from mdt.cli.contract.options import CONTRACTS, found
from mdt.cli.output import ExitCode, emit
from mdt.contracts.at_load import contract_of
from mdt.contracts.mocks import MockCheck
from mdt.contracts.recordings import recording_problems
from mdt.contracts.store import Contract, ContractFolder, open_contract
from mdt.contracts.virtual import virtual_findings
from mdt.definitions import Catalog
from mdt.errors import DefinitionError, MdtError, Problem
from mdt.language import _, listed, words_of

STRICT = option(
    "--strict",
    is_flag=True,
    help=_("Warnings count as problems: statuses without a scenario, fields that no contract names."),
)


@dataclass(slots=True)
class Checked:
    """What was looked at, and what is wrong with it."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    contracts: list[str] = field(default_factory=list)
    services: list[dict[str, Any]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)  # services that name no contract


@command(
    "check",
    _("Check mocks against the contracts of their services, and that everybody has confirmed the contracts."),
    STRICT,
    MOCKS,
    CONTRACTS,
)
def check(*, strict: bool, mocks: Path | None, folder: Path | None, as_json: bool) -> ExitCode:
    """Exit code 1 if there are problems; with --strict also for warnings."""
    contracts, catalog, checked = found(folder), targets.catalog(mocks), Checked()
    _check_contracts(contracts, checked)
    _check_mocks(catalog, checked)
    checked.problems = list(dict.fromkeys(checked.problems))
    emit(_document(checked), as_json=as_json, human=lambda: _print(checked))
    return ExitCode.PROBLEMS if checked.problems or (strict and checked.warnings) else ExitCode.OK


def _check_contracts(contracts: ContractFolder, checked: Checked) -> None:
    for service in contracts.services():
        for path in contracts.versions(service):
            try:
                contract = open_contract(path)
            except DefinitionError as error:
                checked.problems += error.problems
                continue
            checked.contracts.append(contract.name)
            checked.warnings += contract.document.problems
            checked.problems += _unconfirmed(contract)
        if not (contracts.path / service / "owners.yaml").is_file():
            what = _("{service} has no owners.yaml, so nobody confirms its versions", service=service)
            checked.warnings.append(Problem(str(contracts.path / service), 1, what))


def _unconfirmed(contract: Contract) -> Iterator[Problem]:
    """Parties who have not confirmed a version as it is."""
    owners = contract.owners
    for party in owners.missing(contract.version, contract.hash) if owners else ():
        hint = _("Confirm it: mdt contract confirm {name} --by {party}", name=contract.name, party=party.name)
        if owners and owners.stale(contract.version, contract.hash, party.name):
            what = _("{name} has changed since {party} confirmed it", name=contract.name, party=party.name)
        else:
            what = _("{party} has not confirmed {name}", name=contract.name, party=party.name)
        yield Problem(contract.file, 1, what, hint)


def _check_mocks(catalog: Catalog, checked: Checked) -> None:
    for service in catalog.services.values():
        try:
            contract = contract_of(service)
        except DefinitionError as error:
            checked.problems += error.problems
            continue
        except MdtError as error:
            checked.problems.append(Problem(service.file, service.contract_line, words_of(error)))
            continue
        if contract is None:
            checked.without.append(service.name)
            continue
        _check_service(MockCheck(catalog, service, contract), contract, checked)
        checked.problems += [one.problem(contract.file) for one in virtual_findings(catalog, service, contract)]
        calls, wrong, suspicious = recording_problems(catalog, service, contract)
        checked.problems += wrong
        checked.warnings += suspicious
        checked.services[-1]["recordedCalls"] = calls


def _check_service(check: MockCheck, contract: Contract, checked: Checked) -> None:
    for one in check.findings():
        (checked.warnings if one.violation.strict else checked.problems).append(one.problem(contract.file))
    for left in check.uncovered():
        what = _("{operation}: no scenario answers {status}", operation=left.operation, status=left.status)
        checked.warnings.append(Problem(left.file, left.line, what))
    checked.services.append({"name": check.service, "contract": contract.name, "answers": check.checked})


def _document(checked: Checked) -> dict[str, Any]:
    return {
        "contracts": checked.contracts,
        "services": checked.services,
        "withoutContract": checked.without,
        "problems": [_plain(one) for one in checked.problems],
        "warnings": [_plain(one) for one in checked.warnings],
    }


def _plain(one: Problem) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "message": one.message, "hint": one.hint}


def _print(checked: Checked) -> None:
    for problem in checked.problems:
        click.echo(f"{click.style(_('problem'), fg='red')} {problem}")
    for warning in checked.warnings:
        click.echo(f"{click.style(_('warning'), fg='yellow')} {warning}")
    for one in checked.services:
        click.echo(_("{name} against {contract}: {answers} answers and {recordedCalls} recorded calls checked", **one))
    if checked.without:
        click.echo(_("without a contract: {names}", names=listed(checked.without)))
    counts = {"contracts": len(checked.contracts), "problems": len(checked.problems), "warnings": len(checked.warnings)}
    click.echo(_("contracts {contracts}, problems {problems}, warnings {warnings}", **counts))
