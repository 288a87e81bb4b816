"""What is wrong when a block ends: calls that nothing answered, and, in strict mode, scenarios that nobody used."""

from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess.active_block import ActiveBlock
from mdt.inprocess.usage import Usage
from mdt.language import Words, _


class UnusedScenarioError(MdtError):
    """Scenarios were selected and never played; `names` holds them."""

    def __init__(self, reasons: dict[str, Words]) -> None:
        self.names = tuple(reasons)
        self._reasons = reasons
        super().__init__(self.names)

    def __str__(self) -> str:
        reasons = (f"  {_('{name}: {why}', name=name, why=why)}" for name, why in self._reasons.items())
        return "\n".join([str(_("Selected, but never used:")), *reasons])


def problems(block: ActiveBlock, usage: Usage | None) -> list[MdtError]:
    """At most one error about calls, and one about scenarios."""
    found: list[MdtError] = []
    if block.unmatched:
        found.append(UnmatchedRequestError(tuple(block.unmatched)))
    reasons = usage.unused() if usage else {}
    return [*found, UnusedScenarioError(reasons)] if reasons else found


def finish(found: list[MdtError], failing: BaseException | None) -> None:
    """Raises the first with the others as notes; a block that is failing already keeps its own error."""
    if failing is not None:
        for error in found:
            _note(failing, error)
    elif found:
        first, *others = found
        for error in others:
            first.add_note(str(error))
        raise first


def _note(failing: BaseException, error: MdtError) -> None:
    """Adds the reports that the failing error does not show itself."""
    shown = failing.reports if isinstance(failing, UnmatchedRequestError) else ()
    reports = [report for report in getattr(error, "reports", ()) if report not in shown]
    if reports or not isinstance(error, UnmatchedRequestError):
        text = "\n\n".join(map(str, reports)) if reports else str(error)
        failing.add_note(str(_("mdt, at the end of the block:\n{text}", text=text)))
