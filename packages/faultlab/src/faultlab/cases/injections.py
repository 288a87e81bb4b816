"""Ways to do harm: on the wire, to the server's process, by an error of its own, to the service itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from testdb import Control

from faultlab.cases.moments import rule
from faultlab.proxy import At, How
from faultlab.trial import Trial

IDLE = 1.1  # seconds after which a service pings a pooled connection before it is used
DOING = 60.0  # seconds that it may take to end a server


class Injection(Protocol):
    """`arm` before the requests are sent; `mend` takes back what was done besides the proxy's rules."""

    def arm(self, trial: Trial, fault: str, moment: str) -> None: ...
    def mend(self, trial: Trial) -> None: ...


def empty_the_pool(trial: Trial) -> None:
    """No connection is left that works; whoever wants one has to make it."""
    trial.lane.proxy.strike(How.FIN)
    time.sleep(IDLE)


def several(trial: Trial) -> int:
    """How often a fault of the wire is set off: half of the clients meet it."""
    return max(1, trial.spec.clients // 2)


@dataclass(frozen=True)
class Wire:
    """The connection breaks, stalls or dribbles."""

    how: How
    more: dict[str, Any] = field(default_factory=dict)

    def arm(self, trial: Trial, fault: str, moment: str) -> None:
        if moment == "m1":
            trial.lane.proxy.strike(self.how, fault=fault, moment=moment)
            return
        if moment == "m0":
            empty_the_pool(trial)
        trial.lane.proxy.arm(rule(trial.lane.adapter, moment, self.how, fault=fault, times=several(trial), **self.more))

    def mend(self, trial: Trial) -> None:
        """Healing the proxy is all."""


@dataclass(frozen=True)
class Refused:
    """Nobody listens where the database was."""

    def arm(self, trial: Trial, fault: str, moment: str) -> None:
        if moment == "m0":
            empty_the_pool(trial)
        if moment in ("m0", "m1"):
            trial.fired(fault, moment)
            trial.lane.proxy.refuse()
            return
        trial.lane.proxy.arm(rule(trial.lane.adapter, moment, How.REFUSE, fault=fault))

    def mend(self, trial: Trial) -> None:
        """Healing the proxy opens the port again."""


@dataclass(frozen=True)
class Server:
    """Something is done to the database's server: `act`, and `back` afterwards."""

    act: Callable[[Control], None]
    back: Callable[[Control], None]
    how: How = How.RESET  # what becomes of the connection on which it was set off

    def arm(self, trial: Trial, fault: str, moment: str) -> None:
        control = control_of(trial)
        if moment == "m0":
            empty_the_pool(trial)
        if moment in ("m0", "m1"):
            trial.fired(fault, moment)
            self._do(trial, control)
            return
        trial.lane.proxy.arm(
            rule(trial.lane.adapter, moment, self.how, fault=fault, then=lambda: self._do(trial, control))
        )

    def _do(self, trial: Trial, control: Control) -> None:
        try:
            self.act(control)
        finally:
            trial.harmed.set()

    def mend(self, trial: Trial) -> None:
        """Once the harm is done, not while it is being done."""
        if trial.firings():
            trial.harmed.wait(DOING)
        control = control_of(trial)
        self.back(control)
        control.wait_ready()


@dataclass(frozen=True)
class Error:
    """The server says no: an error of its own, MySQL's number or PostgreSQL's SQLSTATE."""

    mysql: int
    postgresql: str

    def arm(self, trial: Trial, fault: str, moment: str) -> None:
        code = self.postgresql if trial.lane.database.kind == "postgresql" else self.mysql
        if moment == "m0":
            empty_the_pool(trial)
        more = {"error": code, "times": several(trial), "fault": fault}
        trial.lane.proxy.arm(rule(trial.lane.adapter, moment, How.ERROR, at=At.BEFORE, **more))

    def mend(self, trial: Trial) -> None:
        """It says it no more."""


@dataclass(frozen=True)
class Application:
    """The service itself ends."""

    gently: bool

    def arm(self, trial: Trial, fault: str, moment: str) -> None:
        service = trial.lane.service
        act = service.terminate if self.gently else service.kill
        how = How.PASS if self.gently else How.RESET
        trial.lane.proxy.arm(rule(trial.lane.adapter, moment, how, fault=fault, then=act))

    def mend(self, trial: Trial) -> None:
        """Start it again, as whoever watches over it would."""
        fired = [one.t for one in trial.firings()]
        if fired:
            trial.lane.service.wait_ended()
            trial.lane.service.start()
            trial.service_died(fired[0])


def control_of(trial: Trial) -> Control:
    control = trial.lane.database.control
    if control is None:
        raise AssertionError("a case that needs control was begun without")
    return control
