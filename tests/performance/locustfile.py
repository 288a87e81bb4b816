"""Locust users who send at a constant rate, however slow the answers are, and record every latency from the moment it was due.

`make load` starts it. More machines: `--master` here, and there `locust -f tests/performance/locustfile.py --worker --master-host ...`
with the same LOAD_ variables (docs/testing.md).
"""

import json
import os
import random
import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, events, task
from locust.env import Environment
from locust.runners import WorkerRunner

from tests.performance.latencies import Latencies, Recorded, Schedule, merge, pack, together
from tests.performance.operations import BY_NAME, LOGIN, Operation

PERIOD = 1 / float(os.environ.get("LOAD_RATE", "1"))  # seconds between two requests of a user
TIMEOUT = float(os.environ.get("LOAD_TIMEOUT", "30"))
BEGIN = float(os.environ.get("LOAD_BEGIN", "0"))  # seconds after the start, from which on latencies count
SECONDS = float(os.environ.get("LOAD_SECONDS", "inf"))  # for which they count
REQUESTS = int(os.environ.get("LOAD_REQUESTS", "0"))  # after which the run ends; 0: it ends by the clock
RESULT = Path(os.environ.get("LOAD_RESULT", "reports/load-latencies.json"))
OPERATIONS = [BY_NAME[name] for name in os.environ.get("LOAD_OPERATIONS", ",".join(BY_NAME)).split(",")]

recorded: Recorded = {}
started = time.monotonic()


@events.test_start.add_listener
def note_start(**_: Any) -> None:
    global started  # noqa: PLW0603 - a process of Locust has one run
    started = time.monotonic()
    recorded.clear()


def record(name: str, due: float, milliseconds: float, failure: str | None) -> None:
    """Count it, if it was due while latencies count."""
    if BEGIN <= due - started < BEGIN + SECONDS:
        recorded.setdefault(name, Latencies()).add(milliseconds, failure)


@events.report_to_master.add_listener
def send_recorded(client_id: str, data: dict[str, Any]) -> None:
    data["latencies"] = pack(recorded)
    recorded.clear()


@events.worker_report.add_listener
def add_recorded(client_id: str, data: dict[str, Any]) -> None:
    merge(recorded, data.get("latencies", {}))


@events.quitting.add_listener
def write_result(environment: Environment, **_: Any) -> None:
    """The master's, or that of the only process."""
    if not isinstance(environment.runner, WorkerRunner):
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(json.dumps(pack(recorded)))


@cache
def end_run(environment: Environment) -> None:
    """Once, and not by a user, whom the end of the run would wait for."""
    gevent.spawn(environment.runner.quit)


class ConstantUser(FastHttpUser):
    """A user with an account and an address of its own."""

    connection_timeout = network_timeout = TIMEOUT

    def on_start(self) -> None:
        self.headers = {
            "X-Forwarded-For": f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        }
        self.code = f"load-{uuid.uuid4().hex}"
        self.schedule = Schedule(time.monotonic() + random.random() * PERIOD, PERIOD, time.monotonic)
        while not self.log_in():
            gevent.sleep(1)  # what is due meanwhile is late, or failed if it never comes to that

    def log_in(self) -> bool:
        """Whether it worked; a server that is busy may refuse."""
        answer = self.client.request(
            LOGIN.method, LOGIN.path, json={"code": self.code}, headers=self.headers, name="log in"
        )
        if answer.status_code == 200:
            self.headers["Authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        return bool(answer.status_code == 200)

    def wait_time(self) -> float:
        return self.schedule.wait()

    @task
    def send(self) -> None:
        operation = random.choices(OPERATIONS, [each.weight for each in OPERATIONS])[0]
        due = self.schedule.take()
        with self.request(operation) as response:
            failure = None if response.status_code == 200 else f"{response.status_code} {response.error or ''}".strip()
            milliseconds = self.schedule.milliseconds_since(due)
            response.request_meta["response_time"] = milliseconds
            response.failure(failure) if failure else response.success()
        record(operation.name, due, milliseconds, failure)
        if REQUESTS and together(recorded.values()).total >= REQUESTS:
            end_run(self.environment)

    def request(self, operation: Operation) -> Any:
        body = operation.body(self.code) if operation.body else None
        named = {"name": operation.name, "headers": self.headers, "catch_response": True}
        return self.client.request(operation.method, operation.path, json=body, **named)

    def on_stop(self) -> None:
        """What was due and could not be sent, because an answer did not come, has failed."""
        end = started + BEGIN + SECONDS
        for due in self.schedule.missed(min(end, time.monotonic())) if not REQUESTS else ():
            record(
                "never sent", due, self.schedule.milliseconds_since(due), "the user still waited for an earlier answer"
            )
