"""The actions of faults: on a connection, the port, the database server, as an SQL error, on the service."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from testdb import Control

from faultlab.case_run import CaseRun
from faultlab.cases.moments import rule
from faultlab.proxy import At, How

IDLE = 1.1  # seconds; a service pings a pooled connection that was idle for longer
DOING = 60.0  # seconds to end a server


class Injection(ABC):
    """The actions of a `FaultCycle` for one fault of the matrix."""

    def set_up(self, run: CaseRun, moment: str) -> None:
        """For m0 close all pooled connections, so that the next request has to connect."""
        if moment == "m0":
            run.testbed.proxy.strike(How.FIN)
            run.pause(IDLE)

    @abstractmethod
    def inject(self, run: CaseRun, fault: str, moment: str) -> None:
        """Cause the fault now, or arm the proxy to cause it at a statement."""

    def recover(self, run: CaseRun) -> None:  # noqa: B027 - optional
        """Undo what healing the proxy does not undo."""


def several(run: CaseRun) -> int:
    """How often a fault on connections is set off: for half of the clients."""
    return max(1, run.spec.clients // 2)


@dataclass(frozen=True)
class WireFault(Injection):
    """The connection breaks, stalls or slows down."""

    how: How
    more: dict[str, Any] = field(default_factory=dict)

    def inject(self, run: CaseRun, fault: str, moment: str) -> None:
        if moment == "m1":
            run.testbed.proxy.strike(self.how, fault=fault, moment=moment)
            return
        run.testbed.proxy.arm(rule(run.testbed.adapter, moment, self.how, fault=fault, times=several(run), **self.more))


@dataclass(frozen=True)
class PortFault(Injection):
    """The database's port is closed."""

    def inject(self, run: CaseRun, fault: str, moment: str) -> None:
        if moment in ("m0", "m1"):
            run.fired(fault, moment)
            run.testbed.proxy.refuse()
            return
        run.testbed.proxy.arm(rule(run.testbed.adapter, moment, How.REFUSE, fault=fault))


@dataclass(frozen=True)
class ServerFault(Injection):
    """`act` kills, stops or freezes the database server, `back` undoes that."""

    act: Callable[[Control], None]
    back: Callable[[Control], None]
    how: How = How.RESET  # what happens to the connection at which it was set off

    def inject(self, run: CaseRun, fault: str, moment: str) -> None:
        control = control_of(run)
        if moment in ("m0", "m1"):
            run.fired(fault, moment)
            self._do(run, control)
            return
        run.testbed.proxy.arm(
            rule(run.testbed.adapter, moment, self.how, fault=fault, then=lambda: self._do(run, control))
        )

    def _do(self, run: CaseRun, control: Control) -> None:
        try:
            self.act(control)
        finally:
            run.harmed.set()

    def recover(self, run: CaseRun) -> None:
        """Bring the server back after `act` has finished."""
        if run.firings():
            run.harmed.wait(DOING)
        control = control_of(run)
        self.back(control)
        control.wait_ready()


@dataclass(frozen=True)
class SqlError(Injection):
    """The server answers with an error: MySQL's number or PostgreSQL's SQLSTATE."""

    mysql: int
    postgresql: str

    def inject(self, run: CaseRun, fault: str, moment: str) -> None:
        code = self.postgresql if run.testbed.database.kind == "postgresql" else self.mysql
        more = {"error": code, "times": several(run), "fault": fault}
        run.testbed.proxy.arm(rule(run.testbed.adapter, moment, How.ERROR, at=At.BEFORE, **more))


@dataclass(frozen=True)
class ServiceFault(Injection):
    """The service is killed, or terminated `gently` by SIGTERM."""

    gently: bool

    def inject(self, run: CaseRun, fault: str, moment: str) -> None:
        service = run.testbed.service
        act = service.terminate if self.gently else service.kill
        how = How.PASS if self.gently else How.RESET
        run.testbed.proxy.arm(rule(run.testbed.adapter, moment, how, fault=fault, then=act))

    def recover(self, run: CaseRun) -> None:
        """Restart the service, as a process manager would."""
        fired = [one.t for one in run.firings()]
        if fired:
            run.testbed.service.wait_ended()
            run.testbed.service.start()
            run.service_died(fired[0])


def control_of(run: CaseRun) -> Control:
    control = run.testbed.database.control
    if control is None:
        raise AssertionError("a case that needs control was begun without")
    return control
