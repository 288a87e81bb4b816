"""The cases that have a number: FT-001 to FT-009, as people ask for them. FT-010 is about one service; see its adapter."""

import re
import time
from collections import Counter

from faultlab.adapter import Outgoing
from faultlab.cases import flow, interruptions
from faultlab.cases.injections import control_of
from faultlab.cases.moments import rule
from faultlab.proxy import How
from faultlab.record import Phase, Text
from faultlab.trial import Spec, Trial

TWINS, WARM = 20, 8
SHORT, LONG, FROZEN = 2.0, 10.0, 5.0  # seconds
LATE = 6.0


def normal(trial: Trial) -> None:
    """Health, the operation, a look at it, the same once more."""
    (operation,) = trial.prepare(1)
    adapter = trial.lane.adapter
    trial.step("Health", "健康检查", 200, _status(trial, adapter.healthy))
    first = trial.send(operation, "steady")
    trial.step("The operation", "执行操作", "ok", first.outcome)
    if operation.look is not None:
        trial.step("A look at it", "查询结果", 200, trial.ask(operation.look, "steady")[1].status)
    again = trial.send(operation, "steady")
    trial.step("The same once more", "重发同一请求", "ok", again.outcome)
    books = trial.look("settled")
    trial.step("Stored", "已存储", [1], [one.count for one in books.operations])


def gone_long(trial: Trial) -> None:
    """The database is away for 10 s: whoever asks then is refused at once, and it works again once it is back."""
    first, last, *targets = trial.prepare(2 + trial.spec.clients)
    flow.steady(trial, first)
    take_away(trial)
    time.sleep(LONG)
    for number, target in enumerate(targets):
        answer = trial.send(target, "fault", number=number)
        trial.step("Refused at once", "立即拒绝", 503, answer.status)
    trial.step("Health says so", "健康检查如实报告", 503, _status(trial, trial.lane.adapter.healthy, "fault"))
    bring_back(trial)
    trial.heal()
    flow.aftermath(trial, last)


def gone_shortly(trial: Trial) -> None:
    """The database is away for 2 s: a patient service waits, tries again, says so in the log, and succeeds.

    Nobody listens for that time, whatever kind of server it is: to start one anew may take longer than 2 s by itself.
    """
    first, last, target = trial.prepare(3)
    flow.steady(trial, first)
    trial.lane.proxy.refuse()
    trial.fired("refuse", "m1")
    sending = trial.sending([target])
    time.sleep(SHORT)
    trial.heal()
    (answer,) = sending.answers()
    if trial.lane.adapter.patient:
        trial.step("It succeeds after the outage", "中断结束后成功", "ok", answer.outcome)
        tries = [line for line in trial.log_lines() if re.search(trial.lane.adapter.retries, line)]
        trial.step("The log tells of the retries", "日志记录了重试", "at least 1", len(tries), ok=bool(tries))
    else:
        trial.step("It is refused", "被拒绝", 503, answer.status)
    flow.aftermath(trial, last)


def late_commit(trial: Trial) -> None:
    """The COMMIT arrives long after its sender has been told that the connection is lost."""
    first, last, target = trial.prepare(3)
    flow.steady(trial, first)
    hold = rule(trial.lane.adapter, "m6", How.HOLD, fault="late", seconds=LATE)
    flow.through(trial, [target], lambda: trial.lane.proxy.arm(hold), lambda: _deliver(trial), None)
    flow.aftermath(trial, last)


def duplicate_storm(trial: Trial) -> None:
    """Twenty ask for the same at the same moment: it is done once, and everybody may know it."""
    first, target, *others = trial.prepare(2 + WARM)
    flow.steady(trial, first)
    trial.sending(others, "steady").answers()  # every connection is made, so that the twins meet
    answers = trial.sending([target] * TWINS).answers()
    statuses = Counter(answer.status for answer in answers)
    fresh = sum(answer.outcome == "ok" and not answer.replayed for answer in answers)
    trial.step("Done once", "只执行一次", 1, fresh)
    only = set(statuses) <= {201, 409, 503}  # 503: too many at once for the threads that there are, and nothing saved
    trial.step("Answers", "应答", "201, 409 or 503", dict(statuses), ok=only)
    trial.look("healed")
    trial.settle()
    trial.look("settled")


def read_only(trial: Trial) -> None:
    """A failover: the server that was the primary is read-only for a while."""
    first, last, *targets = trial.prepare(2 + trial.spec.clients)
    flow.steady(trial, first)

    def arm() -> None:
        trial.lane.database.read_only(True)
        trial.fired("read-only", "m1")

    flow.through(trial, targets, arm, lambda: trial.lane.database.read_only(False), 1.0)
    flow.aftermath(trial, last)


def bulkhead(trial: Trial) -> None:
    """The database hangs for 5 s under more clients than the service has threads: it says that it lives, all the time."""
    first, last, *targets = trial.prepare(2 + trial.spec.clients)
    flow.steady(trial, first)

    def freeze() -> None:
        trial.fired("freeze", "m1")
        if trial.controlled:
            control_of(trial).pause()
        else:
            trial.lane.proxy.strike(How.STALL)
            trial.lane.proxy.arm(rule(trial.lane.adapter, "m0", How.STALL, times=None, fault="freeze"))

    def thaw() -> None:
        if trial.controlled:
            control_of(trial).resume()
            control_of(trial).wait_ready()

    flow.through(trial, targets, freeze, thaw, FROZEN)
    flow.aftermath(trial, last)


def service_killed(trial: Trial) -> None:
    """The service is killed while many ask, and started again: what it had promised is there."""
    first, last, *targets = trial.prepare(2 + trial.spec.clients)
    flow.steady(trial, first)
    service = trial.lane.service
    sending = trial.sending(targets)
    time.sleep(trial.random.uniform(0.0, 0.02))
    began = trial.clock.now()
    trial.fired("app-kill", "m2", "any moment")
    service.kill()
    sending.answers()
    service.start()
    trial.service_died(began)
    trial.heal()
    flow.aftermath(trial, last)


def take_away(trial: Trial) -> None:
    """Kill the server where that can be done, else close the way to it."""
    trial.fired("kill" if trial.controlled else "refuse", "m1")
    if trial.controlled:
        control_of(trial).kill()
    else:
        trial.lane.proxy.refuse()


def bring_back(trial: Trial) -> None:
    """Have it answer again; where it could not be killed, healing the proxy is all."""
    if trial.controlled:
        control_of(trial).start()
        control_of(trial).wait_ready()


def _deliver(trial: Trial) -> None:
    trial.lane.proxy.release()


def _status(trial: Trial, path: str, phase: Phase = "steady") -> int | None:
    return trial.ask(Outgoing("GET", path), phase)[1].status


def specs() -> list[Spec]:
    """In the order of their numbers."""
    return [_NORMAL, *interruptions.specs(), *_OTHERS]


_NORMAL = Spec(
    "FT-001", Text(en="Everything works", zh="正常流程"), normal, kind="functional", priority="P0", profile="deployed"
)
_OTHERS = (
    Spec(
        "FT-003",
        Text(en="Database gone for 10 s: refused at once", zh="数据库消失 10 秒：立即拒绝"),
        gone_long,
        priority="P0",
        fault="kill",
        moment="m1",
        clients=5,
        profile="deployed",
        promptly=True,
        alone=True,
        planned=(1, 1),
    ),
    Spec(
        "FT-004",
        Text(en="Database gone for 2 s: succeeds after retries", zh="数据库消失 2 秒：重试后成功"),
        gone_shortly,
        priority="P0",
        fault="refuse",
        moment="m1",
        profile="deployed",
        planned=(1, 1),
    ),
    Spec(
        "FT-005",
        Text(en="COMMIT arrives late", zh="COMMIT 迟到"),
        late_commit,
        priority="P0",
        fault="late",
        moment="m6",
        planned=(1, 1),
    ),
    Spec(
        "FT-006",
        Text(en="Twenty twins at once", zh="二十个相同请求同时到达"),
        duplicate_storm,
        kind="functional",
        priority="P0",
        clients=TWINS,
        profile="deployed",
    ),
    Spec(
        "FT-007",
        Text(en="Failover: read-only for a while", zh="主从切换：暂时只读"),
        read_only,
        fault="read-only",
        moment="m1",
        clients=4,
        alone=True,
        planned=(1, 1),
    ),
    Spec(
        "FT-008",
        Text(en="Database hangs under load: the service lives", zh="负载下数据库挂起：服务仍存活"),
        bulkhead,
        priority="P0",
        fault="freeze",
        moment="m1",
        clients=12,
        profile="deployed",
        alone=True,
        planned=(1, None),
    ),
    Spec(
        "FT-009",
        Text(en="Service killed under load", zh="负载下服务被杀死"),
        service_killed,
        priority="P0",
        fault="app-kill",
        moment="m2",
        clients=8,
        profile="deployed",
        planned=(1, 1),
    ),
)
