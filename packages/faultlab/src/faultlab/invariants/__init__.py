"""The table of invariants: what a service promises, whatever happens to its database."""

from collections.abc import Callable
from dataclasses import dataclass

from faultlab.invariants.firing import fault_came_as_planned
from faultlab.invariants.history import History, Limits, Verdict
from faultlab.invariants.responses import answers_have_form, answers_in_time, recovers
from faultlab.invariants.stored import (
    acknowledged_is_stored,
    no_half_state,
    nothing_is_stored_twice,
    refused_is_absent,
    states_follow,
    unknown_resolves,
)
from faultlab.language import _
from faultlab.report_model import Text

__all__ = ["INVARIANTS", "History", "Invariant", "Limits", "Verdict"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise; `check` judges whether a case kept it."""

    id: str
    title: Text
    meaning: Text
    check: Callable[[History], Verdict]


INVARIANTS = (
    Invariant(
        "I1",
        Text.of(_("Acknowledged is stored")),
        Text.of(
            _("Every operation that a client was told is done is stored exactly once, with the amount it was told.")
        ),
        acknowledged_is_stored,
    ),
    Invariant(
        "I2",
        Text.of(_("Nothing twice")),
        Text.of(_("Nothing is stored twice, whatever was answered, and no idempotency key stands for two operations.")),
        nothing_is_stored_twice,
    ),
    Invariant(
        "I3",
        Text.of(_("No half state")),
        Text.of(
            _("What belongs together is stored together, sums add up, and nothing is there that nobody asked for.")
        ),
        no_half_state,
    ),
    Invariant(
        "I4",
        Text.of(_("Refused is absent")),
        Text.of(
            _(
                "An operation that was only ever answered as not saved is not there, also once every COMMIT that was "
                "still on its way has arrived."
            )
        ),
        refused_is_absent,
    ),
    Invariant(
        "I5",
        Text.of(_("Unknown resolves")),
        Text.of(_("Sending an uncertain operation again settles it: it ends acknowledged and stored once.")),
        unknown_resolves,
    ),
    Invariant(
        "I6",
        Text.of(_("States follow")),
        Text.of(_("The states that an operation went through are a path that the service allows, from the beginning.")),
        states_follow,
    ),
    Invariant(
        "I7",
        Text.of(_("Answers in time")),
        Text.of(
            _(
                "Every answer comes within the budget, refusals come at once where waiting is of no use, and the liveness "
                "address answers all the while, within 0.1 s while the database is away."
            )
        ),
        answers_in_time,
    ),
    Invariant(
        "I8",
        Text.of(_("Recovers")),
        Text.of(_("Requests succeed again soon after the fault is over, and nobody has to restart anything.")),
        recovers,
    ),
    Invariant(
        "I9",
        Text.of(_("Answers have form")),
        Text.of(
            _(
                "Answers have a status and a form that clients were promised, say when to come back, and show nothing of "
                "the database; no connection is dropped."
            )
        ),
        answers_have_form,
    ),
    Invariant(
        "I10",
        Text.of(_("The fault came")),
        Text.of(
            _(
                "The fault was set off as often as planned, while the requests were sent that it was meant for, and as many "
                "of these were open at the same moment as planned. Otherwise the case is void."
            )
        ),
        fault_came_as_planned,
    ),
)
