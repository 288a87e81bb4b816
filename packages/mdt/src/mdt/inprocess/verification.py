"""Checks a block at its end: every call was answered and, if it is strict, every selected scenario was used."""

from mdt.definitions import Service
from mdt.engine.choice import VIRTUAL, Choice
from mdt.engine.journal import Entry
from mdt.engine.outcome import Unmatched
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess.active_block import ActiveBlock
from mdt.language import Words, _, listed

SHOWN = 3  # calls that a reason shows


class Usage:
    """Notes which scenarios are used: it subscribes to the journal until `stop`."""

    def __init__(self, block: ActiveBlock) -> None:
        self._services = block.engine.catalog.services
        self._selected: dict[tuple[str, str], int] = {}  # (service, scenario) -> its place in a sequence, from 1
        self._heard: list[Entry] = []
        self.select(block.choice)
        self.stop = block.session.journal.subscribe(self._hear)

    def _hear(self, entry: Entry) -> None:
        if entry.kind == "call":
            self._heard.append(entry)

    def select(self, choice: Choice) -> None:
        """Expects these scenarios too."""
        for service, names in choice.names.items():
            for place, name in enumerate(names, 1):
                self._selected.setdefault((service, name), place)
        for service in choice.virtual:
            self._selected.setdefault((service, VIRTUAL), 1)

    def unused(self) -> dict[str, Words]:
        """The unused scenarios, each with the reason."""
        used = {(entry.service, entry.scenario) for entry in self._heard if not isinstance(entry.outcome, Unmatched)}
        missing = [one for one in self._selected if one not in used]
        return {f"{service}.{name}": self._why(service, name) for service, name in missing}

    def _why(self, service: str, name: str) -> Words:
        entries = [entry for entry in self._heard if entry.service == service]
        if not entries:
            return _("{service} was never called", service=service)
        calls = list(dict.fromkeys(map(_call, entries)))
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


def _call(entry: Entry) -> Words:
    what = entry.route or f"{entry.request.method} {entry.request.path}"
    played = _("unmatched") if isinstance(entry.outcome, Unmatched) else entry.scenario
    return _("{what} ({played})", what=what, played=played)


def _where(service: Service, name: str) -> Words:
    labels = [route.label for route in service.routes if name in route.scenarios]
    if not labels:
        return _("{name} answers what its virtual service knows", name=name)
    return _("{name} answers {routes}", name=name, routes=", ".join(labels))


class UnusedScenarioError(MdtError):
    """Scenarios were selected and never used; `names` lists them."""

    def __init__(self, reasons: dict[str, Words]) -> None:
        self.names = tuple(reasons)
        self._reasons = reasons
        super().__init__(self.names)

    def __str__(self) -> str:
        reasons = (f"  {_('{name}: {why}', name=name, why=why)}" for name, why in self._reasons.items())
        return "\n".join([str(_("Selected, but never used:")), *reasons])


def problems(block: ActiveBlock, usage: Usage | None) -> list[MdtError]:
    """At most one error about calls and one about scenarios."""
    found: list[MdtError] = []
    if block.unmatched:
        found.append(UnmatchedRequestError(tuple(block.unmatched)))
    reasons = usage.unused() if usage else {}
    return [*found, UnusedScenarioError(reasons)] if reasons else found


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
