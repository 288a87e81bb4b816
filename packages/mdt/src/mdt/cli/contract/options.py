"""Options that several commands of `mdt contract` share."""

from dataclasses import dataclass
from pathlib import Path

import click

from mdt.cli.commands import argument, option
from mdt.cli.output import wrong_usage
from mdt.contracts.diff import DiffReport, advice, compare
from mdt.contracts.rule_settings import checked, read_settings
from mdt.contracts.store import Contract, ContractFolder, find_contracts
from mdt.errors import DefinitionError, MdtError
from mdt.language import _, words_of

CONTRACTS = option(
    "--contracts",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MDT_CONTRACTS",
    help=_("Folder of the contracts; otherwise MDT_CONTRACTS, else contracts/ here or above."),
)
OLD = argument(
    "old",
    metavar="OLD",
    help=_("A file, SERVICE@VERSION, SERVICE for its last version but one, or REVISION:FILE of git."),
)
NEW = argument("new", metavar="NEW", required=False, help=_("The same; without it the newest version of the service."))
SEVERITY = option(
    "--severity",
    "severities",
    multiple=True,
    metavar="RULE=LEVEL",
    help=_(
        "Another severity for a rule: err, warn, info or off; may be repeated. contracts/rules.yaml holds lasting ones."
    ),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions, and what changed between them."""

    old: Contract
    new: Contract
    report: DiffReport


def compared(old: str, new: str | None, folder: Path | None, severities: tuple[str, ...]) -> Compared:
    """Compares what two references name. Raises CommandError for a name that is not there."""
    contracts = found(folder)
    settings = read_settings(contracts.path).with_severities(dict(map(_level, severities)))
    first, second = (opened(contracts, one) for one in references(contracts, old, new))
    changes = compare(first.document, second.document, settings.severities)
    kept = tuple(one for one in changes if one.id not in settings.off)
    said = advice(kept, first.version, second.version)
    return Compared(
        first, second, DiffReport(name_of(first), name_of(second), kept, said, frozenset(settings.approved))
    )


def found(folder: Path | None) -> ContractFolder:
    try:
        return find_contracts(folder)
    except MdtError as error:
        raise wrong_usage(words_of(error)) from None


def opened(contracts: ContractFolder, reference: str) -> Contract:
    """Raises CommandError for an unknown name; DefinitionError for a file that is no contract."""
    try:
        return contracts.open(reference)
    except DefinitionError:
        raise
    except MdtError as error:
        raise wrong_usage(words_of(error)) from None


def references(contracts: ContractFolder, old: str, new: str | None) -> tuple[str, str]:
    """What is compared: with one name alone, a service's last version but one and its newest."""
    if new is not None:
        return old, new
    service = old.partition("@")[0]
    versions = contracts.versions(service) if "/" not in service and ":" not in service else []
    if not versions:
        raise wrong_usage(_("What is {name} to be compared with? Name a second version.", name=old))
    if old != service:
        return old, service
    if len(versions) < 2:
        raise wrong_usage(
            _("{service} has one version alone, {version}; name two files.", service=service, version=versions[0].stem)
        )
    return f"{service}@{versions[-2].stem}", service


def name_of(contract: Contract) -> str:
    return contract.file if ":" in contract.file else contract.name


def _level(written: str) -> tuple[str, str]:
    rule, sign, level = written.partition("=")
    if not sign:
        raise wrong_usage(_("{given!r} is no severity of a rule. Write RULE=LEVEL", given=written))
    try:
        return checked(rule.strip(), level.strip())
    except MdtError as error:
        raise wrong_usage(words_of(error)) from None
