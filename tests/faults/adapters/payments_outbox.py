"""FT-011: the messages of one payment reach its user in their order, although the first one is refused and has to wait."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.report_model import Text
from sqlalchemy import text

from tests.faults.adapters.payments_cases import notification

SECONDS = 60  # in which a worker sends what is due
DUE = text("UPDATE jobs SET due_at = created_at WHERE state = 'scheduled'")
ORDER = Text(en="In the order in which they were written", zh="按写入顺序送达")
REFUSED = Text(en="The first one was refused", zh="第一条被拒绝")


class Receiver(ThreadingHTTPServer):
    """The notification service: refuses the first message about `order`, takes every other one, and keeps what it took."""

    def __init__(self, order: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.order, self.refused, self.taken = order, list[str](), list[str]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def status_for(self, order: str, kind: str) -> int:
        if order != self.order:
            return 202
        if not self.refused:
            self.refused.append(kind)
            return 400
        self.taken.append(kind)
        return 202


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.status_for(message["orderId"], message["kind"]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing goes to standard error."""


@contextmanager
def receiving(order: str) -> Iterator[Receiver]:
    with Receiver(order) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def in_order(run: CaseRun) -> None:
    """`created` is refused and waits for its retry; meanwhile the payment succeeds."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    run.send(target, "steady")
    with receiving(target.id) as receiver:
        _send_due(run, receiver)
        run.fired("refused", "m8", "payment.created")
        run.ask(notification(target, "succeeded", f"succeeded-{target.id}"), "fault")
        _send_due(run, receiver)
        with run.testbed.sql.begin() as sql:
            sql.execute(DUE)
        _send_due(run, receiver)
    run.heal()
    run.step(REFUSED, ["payment.created"], receiver.refused)
    run.step(ORDER, ["payment.created", "payment.succeeded"], receiver.taken)
    flow.aftermath(run, last)


def _send_due(run: CaseRun, receiver: Receiver) -> None:
    """Let a worker send what is due now."""
    launch = run.testbed.adapter.outbox(run.testbed.database.url(), receiver.url)
    subprocess.run(
        [*launch.command],
        cwd=launch.folder,
        env=os.environ | launch.env,
        check=True,
        capture_output=True,
        timeout=SECONDS,
    )


SPECS = [
    Spec(
        "FT-011",
        Text(en="Messages in order although the first has to wait", zh="首条消息等待重试时仍按序送达"),
        in_order,
        priority="P1",
        fault="refused",
        moment="m8",
        profile="deployed",
        planned=(1, 1),
    ),
]
