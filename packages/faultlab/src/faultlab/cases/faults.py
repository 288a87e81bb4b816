"""The table of faults: what each does, at which moments, and for how long."""

from dataclasses import dataclass

from faultlab.cases.injections import Injection, PortFault, ServerFault, ServiceFault, SqlError, WireFault
from faultlab.language import _
from faultlab.proxy import How
from faultlab.report_model import Text


@dataclass(frozen=True)
class Fault:
    """A row of the matrix."""

    title: Text
    injection: Injection
    moments: tuple[str, ...]
    seconds: float | None = None  # until recovery; None: until every request is answered
    control: bool = False
    many: bool = True  # may be set off more than once


ON_THE_WIRE = ("m0", "m1", "m2", "m3", "m4", "m5", "m7", "m8")

FAULTS: dict[str, Fault] = {
    "refuse": Fault(Text.of(_("port closed")), PortFault(), ("m0", "m1"), seconds=0.5),
    "reset": Fault(Text.of(_("connection reset")), WireFault(How.RESET), ON_THE_WIRE),
    "fin": Fault(Text.of(_("connection closed")), WireFault(How.FIN), ON_THE_WIRE),
    "stall": Fault(
        Text.of(_("connection falls silent")),
        WireFault(How.STALL),
        ON_THE_WIRE,
    ),
    "late": Fault(
        Text.of(_("COMMIT held up in the network")),
        WireFault(How.HOLD, {"seconds": 0.8}),
        ("m6",),
    ),
    "later": Fault(
        Text.of(_("COMMIT held up longer than anybody waits")),
        WireFault(How.HOLD, {"seconds": 4.0}),
        ("m6",),
    ),
    "slow": Fault(Text.of(_("replies dribble")), WireFault(How.SLOW, {"seconds": 0.005}), ("m0", "m2", "m5")),
    "cut": Fault(Text.of(_("reply is cut off")), WireFault(How.CUT, {"count": 5}), ("m0", "m2", "m5")),
    "kill": Fault(
        Text.of(_("server killed and started again")),
        ServerFault(lambda c: c.kill(), lambda c: c.start()),
        ("m0", "m1", "m2", "m3", "m5", "m7"),
        seconds=0.0,
        control=True,
        many=False,
    ),
    "stop": Fault(
        Text.of(_("server shut down and started again")),
        ServerFault(lambda c: c.stop(), lambda c: c.start()),
        ("m0", "m1", "m2", "m3"),
        seconds=0.0,
        control=True,
        many=False,
    ),
    "freeze": Fault(
        Text.of(_("server frozen")),
        ServerFault(lambda c: c.pause(), lambda c: c.resume(), How.PASS),
        ("m0", "m1", "m2", "m3", "m4", "m7"),
        seconds=2.5,
        control=True,
        many=False,
    ),
    "outage": Fault(
        Text.of(_("database gone for 2 s")),
        PortFault(),
        ("m0", "m1", "m2", "m3"),
        seconds=2.0,
        many=False,
    ),
    "gone": Fault(
        Text.of(_("database gone for longer than anybody waits")),
        PortFault(),
        ("m4", "m5"),
        seconds=6.0,
        many=False,
    ),
    "read-only": Fault(Text.of(_("server is read-only")), SqlError(1290, "25006"), ("m2",)),
    "too-many": Fault(Text.of(_("too many connections")), SqlError(1040, "53300"), ("m0",)),
    "deadlock": Fault(Text.of(_("deadlock")), SqlError(1213, "40P01"), ("m2",)),
    "lock-wait": Fault(Text.of(_("lock wait ran out")), SqlError(1205, "55P03"), ("m2",)),
    "app-kill": Fault(Text.of(_("service killed")), ServiceFault(gently=False), ("m2", "m3", "m4", "m5"), many=False),
    "app-stop": Fault(
        Text.of(_("service told to end")),
        ServiceFault(gently=True),
        ("m2", "m3", "m4", "m5"),
        many=False,
    ),
}
