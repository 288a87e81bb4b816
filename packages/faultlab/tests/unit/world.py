"""A laboratory without any process or socket: everything that a case touches writes into one journal, in order."""

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, ClassVar

from faultlab.adapter import Operation, Outgoing, Profile
from faultlab.case_run import CaseRun, Spec
from faultlab.clients import Answer
from faultlab.proxy import Fired, How, Rule
from faultlab.report_model import DatabaseSnapshot, Health, Stored, Text

LOST = Answer(None, error="ProtocolError")


def answer(status: int, *, headers: dict[str, str] | None = None, **data: Any) -> Answer:
    """In the envelope."""
    good = status < 400
    body = {"code": int(good), "data": data, "msg": "success" if good else "no"}
    return Answer(status, headers or {}, json.dumps(body).encode())


REFUSED = answer(503, headers={"retry-after": "1"}, outcome="not_saved")
UNKNOWN = answer(503, headers={"retry-after": "1"}, outcome="unknown")


def spec(name: str = "X", run: Callable[[CaseRun], None] = lambda _: None, **more: Any) -> Spec:
    return Spec(name, Text(en=f"Case {name}", zh=f"用例 {name}"), run, **more)


class Time:
    """Stands in for the module `time`: whoever sleeps is there at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now = 1000.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        with self._lock:
            self._now += 0.001
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._now += seconds


class Stop:
    """Stands in for the event that ends a run: whoever waits for it is there at once, unless it is set."""

    def __init__(self, time: Time) -> None:
        self._time, self._set = time, False

    def set(self) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set

    def wait(self, seconds: float) -> bool:
        if not self._set:
            self._time.sleep(seconds)
        return self._set


class Shop:
    """An adapter; what was asked for is stored once."""

    name = "shop"
    profiles: ClassVar = {"deployed": Profile({"TRIES": "3"}, 4.0), "quick": Profile({"TRIES": "1"}, 2.0)}
    write = r"INSERT INTO sales\b"
    read = r"FROM sales\b"
    alive = "/live"
    healthy = "/health"
    retries = "try again"
    envelope = True
    patient = True
    transitions: ClassVar = {"": ["paid"], "paid": []}

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.made = 0

    def install(self, database_url: str) -> None: ...
    def launch(self, database_url: str, port: int, settings: Any) -> Any: ...

    def prepare(self, service_url: str, sql: Any, count: int) -> list[Operation]:
        first, self.made = self.made, self.made + count
        return [
            Operation(f"sale-{number}", 100, Outgoing("GET", f"/sales/sale-{number}"))
            for number in range(first, self.made)
        ]

    def request(self, operation: Operation, key: str | None) -> Outgoing:
        return Outgoing("POST", "/sales", {"id": operation.id}, {"Idempotency-Key": key} if key else {})

    def snapshot(self, sql: Any, operations: Sequence[Operation]) -> DatabaseSnapshot:
        known = [one.id for one in operations if one.id in self.stored]
        return DatabaseSnapshot(
            t=-1,
            when="settled",
            operations=[Stored(operation=one, count=1, amount=100, states=["paid"]) for one in known],
        )


class World:
    """`case_run()` begins a case; `answers` come first, each once, then `always`; without it the service answers as it should."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.stop = Stop(time)
        self.journal: list[str] = []
        self.answers: deque[Answer] = deque()
        self.always: Answer | None = None
        self.sent: list[Outgoing] = []
        self.open_clients: set[Client] = set()
        self.adapter = Shop()
        self.control: Control | None = Control(self)
        self.proxy = Proxy(self)
        self.service = ServiceProcess(self)
        self.health: list[Health] = []
        self.kind = "mariadb"
        self.restless = 0  # how often the database is asked before no transaction is open any more
        self.on_send: Callable[[Outgoing], None] = lambda _: None
        self.testbed = Testbed(self)

    def case_run(self, one: Spec | None = None, seed: int = 7) -> CaseRun:
        return CaseRun(one or spec(), self.testbed, seed, self.stop)

    def note(self, what: str) -> None:
        self.journal.append(what)

    def ask(self, outgoing: Outgoing) -> Answer:
        self.sent.append(outgoing)
        self.on_send(outgoing)
        if self.answers:
            return self.answers.popleft()
        if self.always is not None:
            return self.always
        if outgoing.method != "POST":
            return answer(200)
        self.adapter.stored.append(outgoing.json["id"])
        return answer(201, id=outgoing.json["id"])

    # --- the database
    @property
    def database(self) -> Any:
        return SimpleNamespace(
            kind=self.kind,
            version="1.2.3",
            provider="local",
            control=self.control,
            read_only=lambda on: self.note(f"read-only {'on' if on else 'off'}"),
            quiet=self._quiet,
        )

    def _quiet(self) -> bool:
        self.restless -= 1
        return self.restless < 0


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name not in ("kill", "stop", "start", "pause", "resume", "wait_ready"):
            raise AttributeError(name)
        return lambda: self._world.note(name)


class Proxy:
    def __init__(self, world: World) -> None:
        self._world = world
        self.rules: list[Rule] = []
        self.fired: list[Fired] = []
        self.undelivered = 0

    def set_off(self, fault: str, moment: str, problem: str = "") -> None:
        self.fired.append(Fired(self._world.time.monotonic(), fault, moment, "COMMIT", problem))

    def arm(self, *rules: Rule) -> None:
        self.rules += rules
        self._world.note("arm")

    def heal(self) -> None:
        self._world.note("heal")

    def strike(self, how: How, *, fault: str = "", moment: str = "") -> int:
        self._world.note(" ".join(filter(None, ["strike", how, fault, moment])))
        if fault:
            self.set_off(fault, moment)
        return 1

    def refuse(self) -> None:
        self._world.note("refuse")

    def release(self) -> int:
        self._world.note("release")
        return 1

    def held(self) -> int:
        self.undelivered -= 1
        return max(0, self.undelivered)

    def firings(self) -> list[Fired]:
        return list(self.fired)


class ServiceProcess:
    def __init__(self, world: World) -> None:
        self._world = world
        self.lines = ["from before"]

    def kill(self) -> None:
        self._world.note("service.kill")

    def terminate(self) -> None:
        self._world.note("service.terminate")

    def wait_ended(self) -> None:
        self._world.note("service.wait_ended")

    def start(self) -> None:
        self._world.note("service.start")

    def log_size(self) -> int:
        return len(self.lines)

    def log_since(self, position: int) -> list[str]:
        return self.lines[position:]


class Testbed:
    def __init__(self, world: World) -> None:
        self._world = world
        self.adapter, self.proxy, self.service = world.adapter, world.proxy, world.service
        self.secrets = ["127.0.0.1:13306"]
        self.port, self.url = 4711, "http://127.0.0.1:4711"
        self.sql = SimpleNamespace(connect=lambda: nullcontext("sql"))
        self.probe = SimpleNamespace(since=lambda clock: world.health)
        self._profile = ""

    @property
    def database(self) -> Any:
        return self._world.database

    @property
    def profile(self) -> Profile:
        return self.adapter.profiles[self._profile]

    def use(self, name: str) -> None:
        self._world.note(f"use {name}")
        self._profile = name


class Client:
    def __init__(self, world: World, timeout: float) -> None:
        self._world, self.timeout = world, timeout
        world.open_clients.add(self)

    def send(self, outgoing: Outgoing) -> Answer:
        return self._world.ask(outgoing)

    def close(self) -> None:
        self._world.open_clients.discard(self)
