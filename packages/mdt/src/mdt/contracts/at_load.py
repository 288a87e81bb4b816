"""The contracts of the services of a folder of definitions, and the problems that loading tells."""

from collections.abc import Iterator
from pathlib import Path

from mdt.contracts.mocks import MockCheck
from mdt.contracts.store import FOLDER, SUFFIXES, Contract, open_contract, root_of
from mdt.engine.catalog import Catalog, Service
from mdt.errors import DefinitionError, MdtError, Problem
from mdt.language import words_of


def contract_problems(catalog: Catalog) -> list[Problem]:
    """Each answer that breaks its service's contract, and each contract that cannot be read."""
    return [
        problem for service in catalog.services.values() if service.contract for problem in _problems(catalog, service)
    ]


def _problems(catalog: Catalog, service: Service) -> Iterator[Problem]:
    try:
        contract = contract_of(service)
    except DefinitionError as error:
        yield from error.problems
        return
    except MdtError as error:
        yield Problem(service.file, service.contract_line, words_of(error))
        return
    if contract is not None:
        check = MockCheck(catalog, service, contract, quick=True)
        yield from (one.problem(contract.file) for one in check.findings() if not one.violation.strict)


_opened: dict[Path, tuple[int, Contract]] = {}  # files that are as they were are not read again when the mocks are


def _newest(path: Path) -> int:
    """When the contract, or a file that it may refer to, was changed last."""
    root = root_of(path)
    files = root.rglob("*") if root.name == FOLDER else root.glob("*")  # another folder may be a whole project
    return max((one.stat().st_mtime_ns for one in files if one.suffix in SUFFIXES), default=0)


def contract_of(service: Service) -> Contract | None:
    """The contract that the service file names; None if it names none. Raises as `open_contract`."""
    if service.contract is None:
        return None
    path = service.contract.resolve()
    changed = _newest(path)
    if path not in _opened or _opened[path][0] != changed:
        _opened[path] = changed, open_contract(path)
    return _opened[path][1]
