"""Verifies a provider: a WSGI application answers each case as the contract says, in the process, without a server.

    from mdt.contracts import verify

    def test_we_keep_our_contract(app, request):
        verify("contracts/inventory/1.0.0.json", app, states={"outOfStock": "sold_out"}, fixtures=request)

A state is a function that prepares the provider, or the name of a pytest fixture. It is called before each case whose consumer recorded it
with the scenario of that name; "*" is called before every other case.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdt.contracts.cases import CONSUMER, INVALID, Case, cases_of
from mdt.contracts.conformance import answer_violations, response_for
from mdt.contracts.journal import read_journal
from mdt.contracts.store import Contract, find_contracts, open_contract
from mdt.contracts.wsgi import Wsgi, call
from mdt.engine.expectations import RUNNING_TEST
from mdt.engine.messages import Reply
from mdt.errors import MdtError
from mdt.language import Words, _, clauses

ANY = "*"
REFUSED = (400, 415, 422)  # a request that is valid by the contract is none of these
type State = Callable[[], Any] | str | None


class ContractBrokenError(MdtError, AssertionError):
    """The provider does not keep the contract; `verification` has every case."""

    def __init__(self, verification: "Verification") -> None:
        self.verification = verification
        super().__init__(verification.summary())

    def __str__(self) -> str:
        return "\n".join([*(str(one) for one in self.verification.failures), str(self.verification.summary())])


@dataclass(frozen=True, slots=True)
class Result:
    """One case. `status` 0: it was not called, because nobody knows its state, or the application raised."""

    case: Case
    status: int = 0
    problem: Words = ""
    void: bool = False

    @property
    def ok(self) -> bool:
        return not self.problem and not self.void

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '-' if self.void else '✗'} {self.case.id}" + (
            f": {self.problem}" if self.problem else ""
        )


@dataclass(frozen=True, slots=True)
class Verification:
    """The results of all cases. `without`: operations for which no request could be made."""

    contract: Contract
    results: tuple[Result, ...]
    without: tuple[str, ...] = ()

    @property
    def failures(self) -> list[Result]:
        return [one for one in self.results if one.problem and not one.void]

    @property
    def void(self) -> list[Result]:
        return [one for one in self.results if one.void]

    def summary(self) -> Words:
        return _(
            "{name}: {passed} of {cases} cases passed, {failed} failed, {void} were not played",
            name=self.contract.name,
            passed=sum(one.ok for one in self.results),
            cases=len(self.results),
            failed=len(self.failures),
            void=len(self.void) + len(self.without),
        )


def verify(
    contract: Contract | Path | str,
    app: Wsgi,
    *,
    states: Mapping[str, State] | None = None,
    journals: Iterable[Path | str] = (),
    fixtures: Any = None,
    headers: Mapping[str, str] | None = None,
    boundaries: bool = True,
    strict: bool = False,
) -> Verification:
    """Plays every case. Raises ContractBrokenError for a failure; if `strict` also for a case that could not be played.

    `journals` are those of the consumers' test runs, `fixtures` pytest's `request` when states are names of fixtures, `headers`
    come with every request.
    """
    found = contract if isinstance(contract, Contract) else _opened(contract)
    exchanges = [one for path in journals for one in read_journal(Path(path)).exchanges if one.service == found.service]
    made = cases_of(found.document, exchanges, boundaries=boundaries, headers=headers)
    prepare = _States(states or {}, fixtures)
    verification = Verification(found, tuple(_played(one, app, prepare) for one in made.cases), made.without)
    if verification.failures or (strict and (verification.void or verification.without)) or not made.cases:
        raise ContractBrokenError(verification)
    RUNNING_TEST.tell_void(_unmet(verification))
    return verification


def _unmet(found: Verification) -> dict[str, Words]:
    """The cases that were not played, each with the reason."""
    unmet: dict[str, Words] = {f"{found.contract.name} {one.case.id}": one.problem for one in found.void}
    return unmet | {f"{found.contract.name} {one}": _("no valid request could be made") for one in found.without}


def _opened(reference: Path | str) -> Contract:
    path = Path(reference)
    return open_contract(path) if path.is_file() else find_contracts().open(str(reference))


@dataclass(frozen=True, slots=True)
class _States:
    states: Mapping[str, State]
    fixtures: Any

    def known(self, case: Case) -> bool:
        return case.kind != CONSUMER or case.state in self.states or ANY in self.states

    def enter(self, case: Case) -> AbstractContextManager[Any]:
        """Prepares the provider; a state may return a context manager, which ends after the case."""
        state = self.states.get(case.state, self.states.get(ANY))
        if isinstance(state, str):
            if self.fixtures is None:
                raise MdtError(
                    _("the state {name!r} is a fixture: give verify(..., fixtures=request)", name=case.state)
                )
            state = self.fixtures.getfixturevalue(state)
        made = state() if callable(state) else None
        return made if isinstance(made, AbstractContextManager) else nullcontext()


def _played(case: Case, app: Wsgi, states: _States) -> Result:
    if not states.known(case):
        return Result(case, problem=_("no state {name!r} is given", name=case.state), void=True)
    with states.enter(case):
        try:
            reply = call(app, case.call)
        except Exception as error:  # noqa: BLE001 - whatever the application raises is a failure of its own
            told = f"{type(error).__name__}: {error}"
            return Result(case, problem=_("the application raised {error}", error=told))
    return Result(case, reply.status, judged(case, reply))


def judged(case: Case, reply: Reply) -> Words:
    """What is wrong with the answer to a case; "" if nothing is."""
    wrong = _status(case, reply.status)
    if wrong:
        return wrong
    if case.kind == INVALID and response_for(case.operation, reply.status) is None:
        return ""  # contracts seldom list how an invalid request is refused
    found = [one.what for one in answer_violations(case.operation, reply) if not one.strict]
    return clauses(found) if found else ""


def _status(case: Case, status: int) -> Words:
    if case.kind == CONSUMER and status != case.status:
        return _("answered {status}, the consumer was answered {wanted}", status=status, wanted=case.status)
    if case.kind != CONSUMER and status >= 500:
        return _("answered {status}", status=status)
    if case.kind == INVALID and not 400 <= status < 500:
        return _("answered {status} to a request that the contract forbids", status=status)
    if case.kind not in {CONSUMER, INVALID} and status in REFUSED:
        return _("answered {status} to a request that the contract allows", status=status)
    return ""
