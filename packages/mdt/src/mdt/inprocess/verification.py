"""Checks a block at its end: whether every call was answered, and whether everything that it is about was met.

A block with something that was never met is void: it proves less than it says. A strict one fails; of others pytest is told.
"""

from mdt.definitions import Service
from mdt.engine.choice import VIRTUAL, Choice
from mdt.engine.journal import Entry
from mdt.engine.outcome import Unmatched
from mdt.engine.stubs import Stub
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess.active_block import ActiveBlock
from mdt.language import Words, _, listed

SHOWN = 3  # calls that a reason shows
NOTED = 50  # different calls of a service that are kept for reasons


class Usage:
    """Notes what of a block was met: its scenarios, stubs and expectations. It subscribes to the journal until `stop`."""

    def __init__(self, block: ActiveBlock) -> None:
        self._block = block
        self._services = block.engine.catalog.services
        self._selected: dict[tuple[str, str], int] = {}  # (service, scenario) -> its place in a sequence, from 1
        self._used: set[tuple[str | None, str | None]] = set()
        self._called: dict[str | None, dict[tuple[str, str | None], None]] = {}  # by service: route and scenario
        self._inherited = {stub.id for stub in block.session.stubs.every()}
        self.select(block.choice)
        self.stop = block.session.journal.subscribe(self._hear)

    def _hear(self, entry: Entry) -> None:
        if entry.kind != "call":
            return
        missed = isinstance(entry.outcome, Unmatched)
        if not missed:
            self._used.add((entry.service, entry.scenario))
        calls = self._called.setdefault(entry.service, {})
        if len(calls) < NOTED:
            what = entry.route or f"{entry.request.method} {entry.request.path}"
            calls[what, None if missed else entry.scenario] = None

    def select(self, choice: Choice) -> None:
        """Expects these scenarios too."""
        for service, names in choice.names.items():
            for place, name in enumerate(names, 1):
                self._selected.setdefault((service, name), place)
        for service in choice.virtual:
            self._selected.setdefault((service, VIRTUAL), 1)

    def unmet(self) -> dict[str, Words]:
        """What was never met, each with the reason: scenarios, stubs, and what the session expects."""
        scenarios = {f"{one[0]}.{one[1]}": self._why(*one) for one in self._selected if one not in self._used}
        stubs = (stub for stub in self._block.session.stubs.every() if stub.id not in self._inherited)
        unused = {_stub(stub): self._why_stub(stub) for stub in stubs if (stub.service, stub.id) not in self._used}
        others = {one.name: one.why for one in self._block.session.expectations if not one.met()}
        return {**scenarios, **unused, **others}

    def _why_stub(self, stub: Stub) -> Words:
        calls = list(map(_call, self._called.get(stub.service, {})))
        if not calls:
            return _("{service} was never called", service=stub.service)
        return _("{service} was called with {calls}", service=stub.service, calls=listed(calls[:SHOWN]))

    def _why(self, service: str, name: str) -> Words:
        calls = list(map(_call, self._called.get(service, {})))
        if not calls:
            return _("{service} was never called", service=service)
        more = _(" and {count} more", count=len(calls) - SHOWN) if len(calls) > SHOWN else ""
        where = _where(self._services[service], name)
        place = self._selected[service, name]
        turn = _("; it is number {place} of its sequence", place=place) if place > 1 else ""
        shown = listed(calls[:SHOWN])
        return _(
            "{service} was called with {calls}{more}; {where}{turn}",
            service=service,
            calls=shown,
            more=more,
            where=where,
            turn=turn,
        )


def _stub(stub: Stub) -> str:
    return f"{stub.service}.{stub.id} ({stub.route.label})"


def _call(found: tuple[str, str | None]) -> Words:
    what, scenario = found
    return _("{what} ({played})", what=what, played=_("unmatched") if scenario is None else scenario)


def _where(service: Service, name: str) -> Words:
    labels = [route.label for route in service.routes if name in route.scenarios]
    if not labels:
        return _("{name} answers what its virtual service knows", name=name)
    return _("{name} answers {routes}", name=name, routes=", ".join(labels))


class UnusedScenarioError(MdtError):
    """The block is void: scenarios, stubs or callbacks were never met; `names` lists them."""

    def __init__(self, reasons: dict[str, Words]) -> None:
        self.names = tuple(reasons)
        self._reasons = reasons
        super().__init__(self.names)

    def __str__(self) -> str:
        reasons = (f"  {_('{name}: {why}', name=name, why=why)}" for name, why in self._reasons.items())
        return "\n".join([str(_("Selected or expected, but never met:")), *reasons])


def problems(block: ActiveBlock, unmet: dict[str, Words]) -> list[MdtError]:
    """At most one error about calls and, if the block is strict, one about what was never met."""
    found: list[MdtError] = []
    if block.unmatched:
        found.append(UnmatchedRequestError(tuple(block.unmatched)))
    return [*found, UnusedScenarioError(unmet)] if unmet and block.strict else found


def finish(found: list[MdtError], failing: BaseException | None) -> None:
    """Raises the first error, with the others as notes. An error that is already raised gets them all as notes."""
    if failing is not None:
        for error in found:
            _note(failing, error)
    elif found:
        first, *others = found
        for error in others:
            first.add_note(str(error))
        raise first


def _note(failing: BaseException, error: MdtError) -> None:
    """Adds the reports that the raised error does not show."""
    shown = failing.reports if isinstance(failing, UnmatchedRequestError) else ()
    reports = [report for report in getattr(error, "reports", ()) if report not in shown]
    if reports or not isinstance(error, UnmatchedRequestError):
        text = "\n\n".join(map(str, reports)) if reports else str(error)
        failing.add_note(str(_("mdt, at the end of the block:\n{text}", text=text)))
