"""Reports as a run leaves them: clients that send, an outage under them, recovery, and what was uncertain sent again."""

import random
from typing import Any

from faultlab.checker import summary
from faultlab.report_model import (
    Case,
    DatabaseSnapshot,
    Environment,
    Finding,
    Firing,
    Health,
    Outage,
    Report,
    Request,
    Run,
    Status,
    Step,
    Stored,
    Text,
)

FAULTS = {
    "refuse": ("m0", "m1"),
    "rst": ("m0", "m1", "m2", "m3", "m4", "m5", "m7", "m8"),
    "fin": ("m0", "m1", "m2", "m3", "m4", "m5", "m7"),
    "stall": ("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"),
    "kill-restart": ("m0", "m1", "m2", "m3", "m5", "m7"),
    "read-only": ("m0", "m2"),
}
STARTED = "2026-11-21T16:00:00.123+00:00"
TITLE = Text(en="The connection breaks, COMMIT applied, reply lost", zh="连接中断，COMMIT 已生效，应答丢失")


def requests(dice: random.Random, clients: int, seconds: float, begin: float, end: float) -> list[Request]:
    """Each client sends one after the other; those that meet the outage wait for it, or are refused."""
    found = []
    for client in range(clients):
        t, number = dice.uniform(0, 0.05), 0
        while t < seconds:
            one = request(dice, client, number, t, begin, end)
            found.append(one)
            t, number = t + one.ms / 1000 + dice.uniform(0.01, 0.06), number + 1
    return sorted(found, key=lambda one: one.t)


def request(dice: random.Random, client: int, number: int, t: float, begin: float, end: float) -> Request:
    operation = f"order-{client}-{number}"
    facts: dict[str, Any] = {"status": 201, "outcome": "ok", "ms": dice.lognormvariate(2.2, 0.4)}
    if begin <= t <= end:
        lost = dice.random() < 0.25
        facts = {"status": None, "outcome": "unknown", "ms": dice.uniform(150, 500), "error": "connection reset"}
        if not lost:
            facts = {"status": 503, "outcome": "fail", "ms": dice.uniform(2, 60), "retry_after": "1"}
    return Request(
        t=round(t, 4),
        phase="steady" if t < begin else "fault" if t <= end else "recovery",
        client=client,
        method="POST",
        path="/payment",
        operation=operation,
        key=f"key-{operation}" if number % 2 else None,
        amount=1999,
        **{**facts, "ms": round(facts["ms"], 2)},
    )


def case(
    name: str = "rst-m5-8", *, fault: str = "rst", moment: str = "m5", clients: int = 8, seconds: float = 3.0,
    status: Status = "passed", seed: int = 7, **more: Any,
) -> Case:  # fmt: skip
    """One case with everything in it; what is named replaces what was made up."""
    dice = random.Random(f"{seed}/{name}")
    begin, end = seconds * 0.3, seconds * 0.6
    sent = requests(dice, clients, seconds, *((begin, end) if fault else (seconds, seconds)))
    operations = [one.operation for one in sent if one.operation]
    bad = status == "failed"
    stored = [Stored(operation=one, count=1, amount=1999, states=["PENDING", "PAID"]) for one in operations]
    doubled = [stored[0].model_copy(update={"count": 2}), *stored[1:]] if bad else stored
    facts: dict[str, Any] = {
        "id": name,
        "title": TITLE,
        "kind": "fault_tolerance",
        "priority": "P1",
        "fault": fault,
        "moment": moment,
        "clients": clients,
        "seed": seed,
        "budget": 2.0,
        "operations": operations,
        "status": status,
        "reason": "I2: order-0-0 is stored 2 times." if bad else "",
        "started": STARTED,
        "duration_ms": seconds * 1000 + 250,
        "steps": [
            step(0.1, "A request while all is well", "一切正常时的请求", "ok", "ok"),
            step(end, "Rows of order-0-0", "order-0-0 的行数", "1", "2" if bad else "1"),
        ],
        "requests": sent,
        "firings": [
            Firing(t=begin + 0.004 * number, fault=fault, moment=moment, where="COMMIT") for number in range(4)
        ],
        "planned": (1, None),
        "outages": [Outage(began=begin, ended=end)],
        "healed": end,
        "recovered": end + 0.04,
        "books": [
            DatabaseSnapshot(t=end + 0.2, when="healed", operations=stored),
            DatabaseSnapshot(t=seconds, when="settled", operations=doubled),
        ],
        "health": [
            Health(t=number * 0.05, ms=round(dice.uniform(0.6, 2.5), 2), status=200)
            for number in range(int(seconds / 0.05))
        ],
        "transitions": {"": ["PENDING"], "PENDING": ["PAID", "FAILED"]},
        "findings": findings(bad),
        "logs": [f"retry {number} in 50 ms: (2013, 'Lost connection to MySQL server')" for number in range(3)],
    }
    return Case(**{**facts, **more})


def step(t: float, en: str, zh: str, expected: str, actual: str) -> Step:
    return Step(t=t, name=Text(en=en, zh=zh), expected=expected, actual=actual, ok=expected == actual)


def findings(bad: bool) -> list[Finding]:
    kept = {f"I{number}": Finding(id=f"I{number}", ok=True, detail="All of them.") for number in range(1, 11)}
    kept["I6"] = Finding(id="I6", ok=None, detail="There are no states.")
    if bad:
        kept["I2"] = Finding(id="I2", ok=False, detail="order-0-0 is stored 2 times.")
    return list(kept.values())


def functional(name: str = "FT-001", **more: Any) -> Case:
    facts: dict[str, Any] = {
        "fault": "", "moment": "", "firings": [], "outages": [], "healed": None, "recovered": None, "planned": (0, 0),
        "kind": "functional", "clients": 1, "seconds": 1.0,
        "title": Text(en="Health, an order, its payment, a look at it", zh="健康检查、下单、支付、查询"),
    }  # fmt: skip
    return case(name, **{**facts, **more})


def not_run(name: str = "kill-restart-m5-1", **more: Any) -> Case:
    lists = ("steps", "requests", "firings", "outages", "books", "health", "findings", "logs", "operations")
    facts: dict[str, Any] = {
        **{key: [] for key in lists},
        "fault": "kill-restart", "status": "not_run", "healed": None, "recovered": None, "duration_ms": 0, "budget": 0,
        "reason": "The database was given by its URL: it cannot be killed.",
    }  # fmt: skip
    return case(name, **{**facts, **more})


def chaos(count: int = 10_000, **more: Any) -> Case:
    """A long run of one case: outages again and again."""
    dice = random.Random(count)
    outages = [Outage(began=20.0 * number + 5, ended=20.0 * number + dice.uniform(7, 12)) for number in range(6)]
    sent = []
    for number in range(count):
        t = number * 120 / count
        within = next((one for one in outages if one.began <= t <= one.ended), None)
        begin, end = (within.began, within.ended) if within else (1e9, 1e9)
        sent.append(request(dice, number % 8, number, t, begin, end))
    firings = [Firing(t=one.began, fault="chaos", moment="") for one in outages]
    facts: dict[str, Any] = {
        "fault": "chaos", "moment": "", "requests": sent, "outages": outages, "firings": firings, "duration_ms": 121_000,
        "healed": outages[-1].ended, "recovered": outages[-1].ended + 0.3,
        "health": [Health(t=number / 20, ms=dice.uniform(0.5, 4), status=200) for number in range(2400)],
    }  # fmt: skip
    return case("chaos", **{**facts, **more})


def report(*cases: Case, interrupted: bool = False, **more: Any) -> Report:
    """A report of these cases; of one of each kind if there are none."""
    shown = cases or (functional(), case(), not_run())
    environment = Environment(
        database="mysql",
        version="8.4.3",
        way="docker",
        service="payments",
        settings={"DB_POOL_SIZE": "8", "DB_READ_TIMEOUT": "2"},
        versions={"python": "3.12.11", "sqlalchemy": "2.1.9", "pymysql": "1.2.0"},
        cores=2,
    )
    run = Run(id="20261121-160000-7", seed=7, started=STARTED, duration_s=184.2, interrupted=interrupted)
    return Report(
        **{
            "run": run,
            "environment": environment,
            "cases": list(shown),
            "summary": summary(shown, interrupted=interrupted),
            **more,
        }
    )


def full() -> Report:
    """As `faultlab run` leaves it: every fault at every moment that it has."""
    cells = [(fault, moment, clients) for fault, at in FAULTS.items() for moment in at for clients in (1, 8)]
    bad, away = {("rst", "m5", 8), ("stall", "m6", 1)}, "kill-restart"
    cases = [
        not_run(f"{fault}-{moment}-{clients}", moment=moment, clients=clients)
        if fault == away and clients == 1
        else case(
            f"{fault}-{moment}-{clients}", fault=fault, moment=moment, clients=clients,
            status="failed" if (fault, moment, clients) in bad else "passed",
        )
        for fault, moment, clients in cells
    ]  # fmt: skip
    return report(functional(), functional("FT-006"), *cases)
