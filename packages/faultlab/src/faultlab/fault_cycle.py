"""The life cycle of a fault: set up, inject, wait until it is seen, recover, wait until the service has recovered, clean up."""

import time
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from faultlab.language import FaultlabError, _
from faultlab.report_model import Firing

SEEN_SECONDS = 15.0  # to wait for the fault to be set off
POLL = 0.005
Action = Callable[[], None]


class Stage(IntEnum):
    """The stages of a fault, in their order; CLEAN may follow any of them."""

    NEW = 0
    SET_UP = 1
    INJECTED = 2
    SEEN = 3
    RECOVERING = 4
    RECOVERED = 5
    CLEAN = 6


STEPS = {  # the method that leads to a stage
    Stage.SET_UP: "set_up",
    Stage.INJECTED: "inject",
    Stage.SEEN: "wait_seen",
    Stage.RECOVERING: "recover",
    Stage.RECOVERED: "wait_recovered",
}


class LifeCycleError(FaultlabError):
    """The steps of a fault were called in a wrong order."""


class FaultedRun(Protocol):
    """The parts of a `CaseRun` that a fault needs."""

    def firings(self) -> list[Firing]: ...
    def heal(self) -> None: ...
    def pause(self, seconds: float) -> None: ...


def nothing() -> None:
    """No action."""


class FaultCycle:
    """A fault whose steps are possible only in their order; `clean_up` is possible at any time.

    The action `recover` undoes what the action `inject` did beyond the proxy, which is healed here. It must be safe to call
    twice: clean-up calls it again if it has failed.
    """

    def __init__(self, run: FaultedRun, inject: Action, recover: Action = nothing, set_up: Action = nothing) -> None:
        self._run, self._inject, self._recover, self._set_up = run, inject, recover, set_up
        self.stage = Stage.NEW
        self.in_force = False  # injected and not undone
        self._before = 0

    def reach(self, stage: Stage) -> None:
        """Enter this stage; raises LifeCycleError if it is not the next one."""
        if stage != self.stage + 1:
            follows = STEPS.get(Stage(self.stage + 1)) if self.stage < Stage.RECOVERED else None
            raise LifeCycleError(
                _("{step}() is called too early: {next}() comes first", step=STEPS[stage], next=follows)
                if follows and stage > self.stage
                else _("{step}() is called again: make a new fault with CaseRun.fault()", step=STEPS[stage])
            )
        self.stage = stage

    def set_up(self) -> None:
        """Prepare the testbed, without harm."""
        self.reach(Stage.SET_UP)
        self._set_up()

    def inject(self) -> None:
        """Cause the fault, or arm the proxy to cause it at its moment."""
        self.reach(Stage.INJECTED)
        self._before = len(self._run.firings())
        self.in_force = True
        self._inject()

    def wait_seen(self, done: Callable[[], bool] = lambda: False, seconds: float = SEEN_SECONDS) -> bool:
        """Wait until the fault is set off, `done()` holds or `seconds` are over. True if it was set off."""
        self.reach(Stage.SEEN)
        until = time.monotonic() + seconds
        while not (seen := self._fired()) and not done() and time.monotonic() < until:
            self._run.pause(POLL)
        return seen

    def recover(self) -> None:
        """Undo the fault, heal the proxy, and note the end of the outage."""
        self.reach(Stage.RECOVERING)
        self._recover()
        self.in_force = False
        self._run.heal()

    def clean_up(self) -> None:
        """Undo the fault if it is still in force, and end its life."""
        self.stage = Stage.CLEAN
        if self.in_force:
            self.in_force = False
            self._recover()

    def _fired(self) -> bool:
        return len(self._run.firings()) > self._before
