"""FT-006a to FT-006c: twins across orders, keys and users, which are made to meet where they could do harm."""

from itertools import batched

from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.flow import Meeting
from faultlab.report_model import Text

ROUNDS = 4
KEYS = 4
ORDER = r"FROM orders\s"  # the statement that reads the order, and locks it
WIDEN = 0.15  # seconds for which a writer is held, in case a twin gets that far too


def one_key_for_several_orders(run: CaseRun) -> None:
    """Two orders are paid under one key; both have looked for it before either has written it."""
    first, last, *targets = run.prepare(2 + 2 * ROUNDS)
    flow.steady(run, first)
    for pair in batched(targets, 2):
        run.testbed.proxy.arm(Meeting(run.testbed.adapter.write, 2).rule())
        answers = run.sending(pair, keys=[f"shared-{pair[0].id}"] * 2).answers()
        statuses = sorted(str(answer.status) for answer in answers)
        run.step(Text(en="One order gets the key", zh="只有一个订单得到该键"), ["201", "422"], statuses)
    run.heal()
    flow.aftermath(run, last)


def several_keys_for_one_order(run: CaseRun) -> None:
    """One order is paid under several keys: it is paid once."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    run.testbed.proxy.arm(
        Meeting(ORDER, KEYS).rule(), Meeting(run.testbed.adapter.write, 2, seconds=WIDEN, must=False).rule()
    )
    answers = run.sending([target] * KEYS, keys=[f"{number}-{target.id}" for number in range(KEYS)]).answers()
    fresh = sum(answer.outcome == "ok" and not answer.replayed for answer in answers)
    run.step(Text(en="Paid once", zh="只支付一次"), 1, fresh)
    statuses = {answer.status for answer in answers}
    run.step(Text(en="Answers", zh="应答"), "201, 409", statuses, ok=statuses <= {201, 409})
    run.heal()
    flow.aftermath(run, last)


def one_key_of_several_users(run: CaseRun) -> None:
    """Two users use the same key, each for an order of their own, at the same moment and later: all are paid."""
    first, last, mine, another = run.prepare(4)
    with run.testbed.sql.connect() as sql:
        theirs, later = run.testbed.adapter.orders_of("other-payer", run.testbed.url, sql, 2)
    run.add([theirs, later], [None, None])
    flow.steady(run, first)
    run.testbed.proxy.arm(Meeting(run.testbed.adapter.write, 2).rule())
    answers = run.sending([mine, theirs], keys=[f"same-{mine.id}"] * 2).answers()
    answers += [run.send(one, "steady", key=f"same-{another.id}") for one in (another, later)]
    done = [(answer.status, answer.replayed) for answer in answers]
    run.step(Text(en="All are paid", zh="全部已支付"), [(201, False)] * 4, done)
    run.heal()
    flow.aftermath(run, last)


def _spec(letter: str, title: Text, run, clients: int, planned: tuple[int, int | None]) -> Spec:
    return Spec(
        f"FT-006{letter}", title, run, priority="P0", fault="meet", moment="m2", clients=clients, overlap=2,
        profile="deployed", planned=planned,
    )  # fmt: skip


SPECS = [
    _spec(
        "a",
        Text(en="One key for several orders", zh="多个订单使用同一个键"),
        one_key_for_several_orders,
        2,
        (2 * ROUNDS, 2 * ROUNDS),
    ),
    _spec(
        "b",
        Text(en="Several keys for one order", zh="一个订单使用多个键"),
        several_keys_for_one_order,
        KEYS,
        (KEYS, None),
    ),
    _spec("c", Text(en="One key of several users", zh="多个用户使用同一个键"), one_key_of_several_users, 2, (2, 2)),
]
