"""`mdt contract confirm` signs a version off for a party; `mdt contract list` shows versions and who has confirmed them."""

import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mdt.cli.commands import argument, command, option
from mdt.cli.contract.options import CONTRACTS, found, opened
from mdt.cli.output import CommandError, ExitCode, emit, wrong_usage
from mdt.contracts.owners import Confirmation, Owners, add_confirmation
from mdt.contracts.store import Contract, open_contract
from mdt.errors import MdtError
from mdt.language import _, words_of

CONTRACT = argument(
    "reference", metavar="CONTRACT", help=_("SERVICE@VERSION, SERVICE for its newest version, or a file.")
)
BY = option("--by", required=True, metavar="PARTY", help=_("The provider or consumer of owners.yaml who agrees."))
PERSON = option(
    "--person", metavar="NAME", help=_("Who does it; otherwise git's user.name, else the user of this machine.")
)
REVOKE = option("--revoke", is_flag=True, help=_("Take the confirmation back."))


@command(
    "confirm",
    _("Sign a version of a contract off for its provider or a consumer; `check` fails until all have."),
    CONTRACT,
    BY,
    PERSON,
    REVOKE,
    CONTRACTS,
)
def confirm(
    *, reference: str, by: str, person: str | None, revoke: bool, folder: Path | None, as_json: bool
) -> ExitCode:
    """Adds a line to owners.yaml, which is to be committed."""
    contract = opened(found(folder), reference)
    owners = _owners(contract)
    try:
        party = owners.party(by)
    except MdtError as error:
        raise wrong_usage(words_of(error)) from None
    held = owners.confirmed(contract.version, contract.hash, party.name)
    if (held is not None) != revoke:
        raise CommandError(ExitCode.PROBLEMS, _refusal(contract, party.name, revoke=revoke))
    at = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    added = Confirmation(contract.version, contract.hash, party.name, person or _user(), at, revoke)
    owners = add_confirmation(owners, added)
    missing = [one.name for one in owners.missing(contract.version, contract.hash)]
    document = {"contract": contract.name, **added.as_json(), "file": str(owners.file), "missing": missing}
    emit(document, as_json=as_json, human=lambda: _print(contract, added, missing))
    return ExitCode.OK


def _owners(contract: Contract) -> Owners:
    if contract.owners is None:
        text = _(
            "{service} has no owners.yaml. Write one beside its versions: provider: NAME, consumers: [NAME, …]",
            service=contract.service,
        )
        raise wrong_usage(text)
    return contract.owners


def _refusal(contract: Contract, party: str, *, revoke: bool) -> Any:
    if revoke:
        return _("{party} has not confirmed {name} as it is.", party=party, name=contract.name)
    return _("{party} has confirmed {name} already.", party=party, name=contract.name)


def _user() -> str:
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S607
        name = done.stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        name = ""
    return name or getpass.getuser()


def _print(contract: Contract, added: Confirmation, missing: list[str]) -> None:
    if added.revoked:
        click.echo(_("{party} takes its confirmation of {name} back", party=added.by, name=contract.name))
    else:
        click.echo(_("{party} confirms {name}", party=added.by, name=contract.name))
    if missing:
        click.echo(_("still to confirm: {names}", names=", ".join(missing)))


@command("list", _("List the versions of contracts, and who has confirmed them."), CONTRACTS)
def listing(*, folder: Path | None, as_json: bool) -> None:
    """The newest version of a service comes last."""
    contracts = found(folder)
    rows = [_row(open_contract(path)) for service in contracts.services() for path in contracts.versions(service)]
    emit({"contracts": rows}, as_json=as_json, human=lambda: click.echo("\n".join(map(_line, rows))))


def _row(contract: Contract) -> dict[str, Any]:
    owners = contract.owners
    held = (
        [(one, owners.confirmed(contract.version, contract.hash, one.name)) for one in owners.parties] if owners else []
    )
    return {
        "contract": contract.name,
        "file": contract.file,
        "hash": contract.hash,
        "operations": len(contract.document.operations),
        "parties": [
            {
                "name": party.name,
                "role": party.role,
                "confirmed": given is not None,
                "person": given.person if given else None,
                "at": given.at if given else None,
            }
            for party, given in held
        ],
    }


def _line(row: dict[str, Any]) -> str:
    signs = [f"{'✓' if one['confirmed'] else '✗'} {one['name']}" for one in row["parties"]]
    return f"{row['contract']}   {row['hash'][:19]}   {'   '.join(signs)}".rstrip()
