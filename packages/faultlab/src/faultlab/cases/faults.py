"""The faults of the matrix as a table: what each does, at which moments it can happen, and how long it lasts."""

from dataclasses import dataclass

from faultlab.cases.injections import Injection, PortFault, ServerFault, ServiceFault, SqlError, WireFault
from faultlab.proxy import How
from faultlab.report_model import Text


@dataclass(frozen=True)
class Fault:
    """A row of the matrix."""

    title: Text
    injection: Injection
    moments: tuple[str, ...]
    seconds: float | None = None  # until it is healed; None: until every request is answered
    control: bool = False
    many: bool = True  # whether it may be set off more than once


ON_THE_WIRE = ("m0", "m1", "m2", "m3", "m4", "m5", "m7", "m8")

FAULTS: dict[str, Fault] = {
    "refuse": Fault(Text(en="port closed", zh="端口关闭"), PortFault(), ("m0", "m1"), seconds=0.5),
    "reset": Fault(Text(en="connection reset", zh="连接被重置"), WireFault(How.RESET), ON_THE_WIRE),
    "fin": Fault(Text(en="connection closed", zh="连接被关闭"), WireFault(How.FIN), ON_THE_WIRE),
    "stall": Fault(
        Text(en="connection falls silent", zh="连接静默"),
        WireFault(How.STALL),
        ON_THE_WIRE,
    ),
    "late": Fault(
        Text(en="COMMIT held up in the network", zh="COMMIT 在网络中滞留"),
        WireFault(How.HOLD, {"seconds": 0.8}),
        ("m6",),
    ),
    "later": Fault(
        Text(en="COMMIT held up longer than anybody waits", zh="COMMIT 滞留超过等待时间"),
        WireFault(How.HOLD, {"seconds": 4.0}),
        ("m6",),
    ),
    "slow": Fault(
        Text(en="replies dribble", zh="应答缓慢"), WireFault(How.SLOW, {"seconds": 0.005}), ("m0", "m2", "m5")
    ),
    "cut": Fault(Text(en="reply is cut off", zh="应答被截断"), WireFault(How.CUT, {"count": 5}), ("m0", "m2", "m5")),
    "kill": Fault(
        Text(en="server killed and started again", zh="数据库被杀死后重启"),
        ServerFault(lambda c: c.kill(), lambda c: c.start()),
        ("m0", "m1", "m2", "m3", "m5", "m7"),
        seconds=0.0,
        control=True,
        many=False,
    ),
    "stop": Fault(
        Text(en="server shut down and started again", zh="数据库正常关闭后重启"),
        ServerFault(lambda c: c.stop(), lambda c: c.start()),
        ("m0", "m1", "m2", "m3"),
        seconds=0.0,
        control=True,
        many=False,
    ),
    "freeze": Fault(
        Text(en="server frozen", zh="数据库冻结"),
        ServerFault(lambda c: c.pause(), lambda c: c.resume(), How.PASS),
        ("m0", "m1", "m2", "m3", "m4", "m7"),
        seconds=2.5,
        control=True,
        many=False,
    ),
    "outage": Fault(
        Text(en="database gone for 2 s", zh="数据库消失 2 秒"),
        PortFault(),
        ("m0", "m1", "m2", "m3"),
        seconds=2.0,
        many=False,
    ),
    "read-only": Fault(Text(en="server is read-only", zh="数据库只读"), SqlError(1290, "25006"), ("m2",)),
    "too-many": Fault(Text(en="too many connections", zh="连接数过多"), SqlError(1040, "53300"), ("m0",)),
    "deadlock": Fault(Text(en="deadlock", zh="死锁"), SqlError(1213, "40P01"), ("m2",)),
    "lock-wait": Fault(Text(en="lock wait ran out", zh="锁等待超时"), SqlError(1205, "55P03"), ("m2",)),
    "app-kill": Fault(
        Text(en="service killed", zh="服务被杀死"), ServiceFault(gently=False), ("m2", "m3", "m4", "m5"), many=False
    ),
    "app-stop": Fault(
        Text(en="service told to end", zh="服务被要求退出"),
        ServiceFault(gently=True),
        ("m2", "m3", "m4", "m5"),
        many=False,
    ),
}
