"""What a service promises whatever happens to its database, as a table."""

from collections.abc import Callable
from dataclasses import dataclass

from faultlab.invariants.firing import fault_came_as_planned
from faultlab.invariants.form import answers_have_form
from faultlab.invariants.history import History, Limits
from faultlab.invariants.outcomes import refused_is_absent, unknown_resolves
from faultlab.invariants.stored import acknowledged_is_stored, no_half_state, nothing_is_stored_twice, states_follow
from faultlab.invariants.timing import answers_in_time, recovers
from faultlab.invariants.verdict import Verdict
from faultlab.report_model import Text

__all__ = ["INVARIANTS", "History", "Invariant", "Limits", "Verdict"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise; `check` says whether a case kept it."""

    id: str
    title: Text
    meaning: Text
    check: Callable[[History], Verdict]


INVARIANTS = (
    Invariant(
        "I1",
        Text(en="Acknowledged is stored", zh="已确认即已保存"),
        Text(
            en="Every operation that a client was told is done is stored exactly once, with the amount it was told.",
            zh="凡向客户端确认成功的操作，都恰好保存一次，且金额与确认的一致。",
        ),
        acknowledged_is_stored,
    ),
    Invariant(
        "I2",
        Text(en="Nothing twice", zh="绝不重复"),
        Text(
            en="Nothing is stored twice, whatever was answered, and no idempotency key stands for two operations.",
            zh="无论应答如何，任何操作都不会保存两次；一个幂等键不会对应两个操作。",
        ),
        nothing_is_stored_twice,
    ),
    Invariant(
        "I3",
        Text(en="No half state", zh="没有半成品"),
        Text(
            en="What belongs together is stored together, sums add up, and nothing is there that nobody asked for.",
            zh="同属一体的数据一起保存，账目平衡，也没有无人请求过的数据。",
        ),
        no_half_state,
    ),
    Invariant(
        "I4",
        Text(en="Refused is absent", zh="称未保存即不存在"),
        Text(
            en="An operation that was only ever answered as not saved is not there, also once every COMMIT that was "
            "still on its way has arrived.",
            zh="应答始终为“未保存”的操作确实不存在，即使所有在途的 COMMIT 都已到达之后也是如此。",
        ),
        refused_is_absent,
    ),
    Invariant(
        "I5",
        Text(en="Unknown resolves", zh="未知终有结果"),
        Text(
            en="InFlight an uncertain operation again settles it: it ends acknowledged and stored once.",
            zh="结果未知的操作再次发送后即得到确定：最终被确认，并且只保存一次。",
        ),
        unknown_resolves,
    ),
    Invariant(
        "I6",
        Text(en="States follow", zh="状态合法流转"),
        Text(
            en="The states that an operation went through are a path that the service allows, from the beginning.",
            zh="每个操作经过的状态，都是从起点开始、服务所允许的一条路径。",
        ),
        states_follow,
    ),
    Invariant(
        "I7",
        Text(en="Answers in time", zh="按时应答"),
        Text(
            en="Every answer comes within the budget, refusals come at once where waiting is of no use, and the liveness "
            "address answers all the while, within 0.1 s while the database is away.",
            zh="每个应答都在时限之内；等待无益时立即拒绝；存活检查地址始终有应答，数据库不可用期间在 0.1 秒以内。",
        ),
        answers_in_time,
    ),
    Invariant(
        "I8",
        Text(en="Recovers", zh="迅速恢复"),
        Text(
            en="Requests succeed again soon after the fault is over, and nobody has to restart anything.",
            zh="故障结束后请求很快恢复成功，无需任何人重启。",
        ),
        recovers,
    ),
    Invariant(
        "I9",
        Text(en="Answers have form", zh="应答格式正确"),
        Text(
            en="Answers have a status and a form that clients were promised, say when to come back, and show nothing of "
            "the database; no connection is dropped.",
            zh="应答的状态码和格式都在约定之内，告知何时重试，不泄露数据库内情；不会断开连接。",
        ),
        answers_have_form,
    ),
    Invariant(
        "I10",
        Text(en="The fault came", zh="故障确已发生"),
        Text(
            en="The fault was set off as often as planned, and while the requests were sent that it was meant for.",
            zh="故障按计划的次数触发，并且发生在它所针对的请求期间。",
        ),
        fault_came_as_planned,
    ),
)
