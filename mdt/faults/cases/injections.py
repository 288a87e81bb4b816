"""Ways to do harm: on the wire, to the server's process, by an error of its own, to the service itself. A table at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from mdt.databases import Control
from mdt.faults.cases.moments import rule
from mdt.faults.proxy import At, How
from mdt.faults.record import Text
from mdt.faults.trial import Trial

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
            trial.lane.proxy.refuse()
            trial.fired(fault, moment)
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
        self.act(control)
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
        at = None if moment == "m0" else At.BEFORE
        times = several(trial)
        trial.lane.proxy.arm(rule(trial.lane.adapter, moment, How.ERROR, at=at, error=code, times=times, fault=fault))

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


def start(control: Control) -> None:
    control.start()


@dataclass(frozen=True)
class Fault:
    """A row of the matrix."""

    title: Text
    injection: Injection
    moments: tuple[str, ...]
    seconds: float | None = None  # until it is healed; None: until every request is answered
    control: bool = False
    many: bool = True  # whether it may be set off more than once


FAULTS: dict[str, Fault] = {
    "refuse": Fault(Text(en="port closed", zh="端口关闭"), Refused(), ("m0", "m1"), seconds=0.5),
    "reset": Fault(
        Text(en="connection reset", zh="连接被重置"), Wire(How.RESET), ("m0", "m1", "m2", "m3", "m4", "m5", "m7", "m8")
    ),
    "fin": Fault(
        Text(en="connection closed", zh="连接被关闭"), Wire(How.FIN), ("m0", "m1", "m2", "m3", "m4", "m5", "m7", "m8")
    ),
    "stall": Fault(
        Text(en="connection falls silent", zh="连接静默"),
        Wire(How.STALL),
        ("m0", "m1", "m2", "m3", "m4", "m5", "m7", "m8"),
    ),
    "late": Fault(
        Text(en="COMMIT held up in the network", zh="COMMIT 在网络中滞留"), Wire(How.HOLD, {"seconds": 0.8}), ("m6",)
    ),
    "later": Fault(
        Text(en="COMMIT held up longer than anybody waits", zh="COMMIT 滞留超过等待时间"),
        Wire(How.HOLD, {"seconds": 4.0}),
        ("m6",),
    ),
    "slow": Fault(Text(en="replies dribble", zh="应答缓慢"), Wire(How.SLOW, {"seconds": 0.005}), ("m0", "m2", "m5")),
    "cut": Fault(Text(en="reply is cut off", zh="应答被截断"), Wire(How.CUT, {"count": 5}), ("m0", "m2", "m5")),
    "kill": Fault(
        Text(en="server killed and started again", zh="数据库被杀死后重启"),
        Server(lambda c: c.kill(), start),
        ("m0", "m1", "m2", "m3", "m5", "m7"),
        seconds=0.0,
        control=True,
        many=False,
    ),
    "stop": Fault(
        Text(en="server shut down and started again", zh="数据库正常关闭后重启"),
        Server(lambda c: c.stop(), start),
        ("m0", "m1", "m2", "m3"),
        seconds=0.0,
        control=True,
        many=False,
    ),
    "freeze": Fault(
        Text(en="server frozen", zh="数据库冻结"),
        Server(lambda c: c.pause(), lambda c: c.resume(), How.PASS),
        ("m0", "m1", "m2", "m3", "m4", "m7"),
        seconds=2.5,
        control=True,
        many=False,
    ),
    "outage": Fault(
        Text(en="database gone for 2 s", zh="数据库消失 2 秒"),
        Refused(),
        ("m0", "m1", "m2", "m3"),
        seconds=2.0,
        many=False,
    ),
    "read-only": Fault(Text(en="server is read-only", zh="数据库只读"), Error(1290, "25006"), ("m2",)),
    "too-many": Fault(Text(en="too many connections", zh="连接数过多"), Error(1040, "53300"), ("m0",)),
    "deadlock": Fault(Text(en="deadlock", zh="死锁"), Error(1213, "40P01"), ("m2",)),
    "lock-wait": Fault(Text(en="lock wait ran out", zh="锁等待超时"), Error(1205, "55P03"), ("m2",)),
    "app-kill": Fault(
        Text(en="service killed", zh="服务被杀死"), Application(gently=False), ("m2", "m3", "m4", "m5"), many=False
    ),
    "app-stop": Fault(
        Text(en="service told to end", zh="服务被要求退出"),
        Application(gently=True),
        ("m2", "m3", "m4", "m5"),
        many=False,
    ),
}
