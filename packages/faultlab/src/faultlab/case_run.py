"""A running case: its faults, the wait for recovery, snapshots of the database, and repeats of what is uncertain."""

import random
import threading
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import Self

from faultlab.adapter import Operation
from faultlab.case_record import record
from faultlab.case_requests import CaseRequests
from faultlab.case_spec import Spec
from faultlab.fault_cycle import Action, FaultCycle, LifeCycleError, Stage, nothing
from faultlab.language import Message, _
from faultlab.proxy import Fired
from faultlab.report_model import Case, DatabaseSnapshot, Firing, Outage, Step, Text
from faultlab.testbed import Testbed

__all__ = ["MEET", "CaseRun", "Spec"]

RECOVERY = 20.0  # seconds to wait for the first success after a fault
QUIET = 15.0  # seconds to wait until no transaction is open
SETTLE = 20.0  # seconds to repeat an operation until it succeeds
AGAIN = 0.02  # seconds between two tries
MEET = "meet"  # name of a firing that only makes requests overlap


class CaseRun(CaseRequests):
    """One run of a `Spec` in a testbed. As a context manager it always cleans up."""

    def __init__(self, spec: Spec, testbed: Testbed, seed: int, stop: threading.Event | None = None) -> None:
        self.spec, self.seed = spec, seed
        self.random = random.Random(f"{seed}/{spec.id}")  # noqa: S311 - a seed that replays a run, not a secret
        testbed.use(spec.profile)
        super().__init__(testbed, stop or threading.Event())
        self.started = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.harmed = threading.Event()  # set once the server is killed, stopped or frozen
        self._fault: FaultCycle | None = None
        self._log = testbed.service.log_size()
        self._fired_before = len(testbed.proxy.firings())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Undo the fault, heal the proxy, wait for requests in flight. If that fails, it is a failed step of the case."""
        try:
            with ExitStack() as last_first:
                last_first.callback(self.finish_requests)
                last_first.callback(self.testbed.proxy.heal)
                if self._fault is not None:
                    last_first.callback(self._fault.clean_up)
        except Exception as error:  # noqa: BLE001 - it must not hide why the case ended
            self.step(_("Everything is cleaned up"), "done", f"{type(error).__name__}: {error}", ok=False)

    @property
    def controlled(self) -> bool:
        """Whether the database's server can be killed, stopped and frozen."""
        return self.testbed.database.control is not None

    # --- faults
    def fault(self, inject: Action, recover: Action = nothing, set_up: Action = nothing) -> FaultCycle:
        """A new fault, set up. Raises LifeCycleError while another one is in force."""
        if self._fault is not None:
            self._check_none_in_force()
            self._fault.clean_up()
        self._fault = FaultCycle(self, inject, recover, set_up)
        self._fault.set_up()
        return self._fault

    def _check_none_in_force(self) -> None:
        if self._fault is not None and self._fault.in_force:
            raise LifeCycleError(_("a fault is in force: its recover() comes first"))

    def fired(self, fault: str, moment: str, where: str = "") -> None:
        """Note a fault that the case itself has caused."""
        self.notes.firings.append(Firing(t=self.clock.now(), fault=fault, moment=moment, where=where))

    def firings(self) -> list[Firing]:
        """All faults of this case so far, those of the proxy included."""
        by_proxy = [
            Firing(t=self.clock.since(one.monotonic), fault=one.fault, moment=one.moment, where=one.where)
            for one in self.fired_by_proxy()
        ]
        return sorted([*self.notes.firings, *by_proxy], key=lambda firing: firing.t)

    def fired_by_proxy(self) -> list[Fired]:
        """The faults of this case that the proxy has set off."""
        return self.testbed.proxy.firings()[self._fired_before :]

    def heal(self) -> None:
        """Heal the proxy and note the end of the outage. Raises LifeCycleError while a fault is in force: its `recover` heals."""
        self._check_none_in_force()
        self.testbed.proxy.heal()
        now, before = self.clock.now(), self.notes.healed
        fired = [one.t for one in self.firings()]
        since = [one.t for one in self.firings() if one.fault != MEET and (before is None or one.t >= before)]
        if since:
            self.notes.outages.append(Outage(began=since[0], ended=now))
        if fired:
            self.notes.healed = now

    def service_died(self, began: float) -> None:
        """Note that the service was dead from `began` until now because the case killed it."""
        self.notes.deaths.append(Outage(began=began, ended=self.clock.now()))

    # --- after the fault
    def wait_recovered(self, operation: Operation) -> None:
        """Send requests until one succeeds, and note when. Raises LifeCycleError before the fault's `recover`."""
        if self._fault is not None:
            self._fault.reach(Stage.RECOVERED)
        until = time.monotonic() + RECOVERY
        with closing(self.client()) as client:
            while time.monotonic() < until:
                if self.send(operation, "recovery", client).outcome == "ok":
                    self.notes.recovered = self.clock.now()
                    break
                self.pause(AGAIN)

    def look(self, when: str) -> DatabaseSnapshot:
        """Take a snapshot of the database once no transaction is open."""
        quiet, t = self._wait_quiet(), self.clock.now()
        with self.testbed.sql.connect() as sql:
            found = self.testbed.adapter.snapshot(sql, self.operations)
        snapshot = found.model_copy(update={"t": t, "when": when, "quiet": quiet})
        self.notes.books.append(snapshot)
        return snapshot

    def _wait_quiet(self) -> bool:
        until = time.monotonic() + QUIET
        while not (self.testbed.proxy.held() == 0 and self.testbed.database.quiet()):
            if time.monotonic() > until:
                return False
            self.pause(AGAIN)
        return True

    def settle(self) -> None:
        """Repeat every operation that is not acknowledged until it is."""
        certain = {one.operation for one in self.notes.requests if one.outcome == "ok"}
        asked = {one.operation for one in self.notes.requests}
        for operation in self.operations:
            if operation.id in asked - certain:
                self._until_ok(operation)

    def _until_ok(self, operation: Operation) -> None:
        until = time.monotonic() + SETTLE
        while self.send(operation, "settle").outcome != "ok" and time.monotonic() < until:
            self.pause(AGAIN)

    # --- the record
    def step(self, name: Text | Message, expected: object, actual: object, *, ok: bool | None = None) -> None:
        """Note a check, which passes if both values are equal, or if `ok` says so."""
        good = expected == actual if ok is None else ok
        self.notes.steps.append(
            Step(t=self.clock.now(), name=Text.of(name), expected=str(expected), actual=str(actual), ok=good)
        )

    def log_lines(self) -> list[str]:
        """The service's log since the case began."""
        return self.testbed.service.log_since(self._log)

    def case(self) -> Case:
        """The record of the case, before it is judged."""
        return record(self)
