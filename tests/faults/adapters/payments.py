"""Payments for the laboratory: what is promised to whoever pays an order, and where the database keeps it."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from faultlab.adapter import Launch, Operation, Outgoing, Profile
from faultlab.case_run import Spec
from faultlab.report_model import DatabaseSnapshot
from sqlalchemy import Connection, text

from tests.faults.adapters import applications, payments_cases, payments_outbox, payments_snapshot, payments_twins

AMOUNT = 19800  # fen

NEW_ORDER = text(
    "INSERT INTO orders (number, user_id, product_id, product_name, quantity, amount_fen, note, state, reservation_id, "
    "reserved_until, created_at) VALUES (:number, :user_id, 'prod123', 'Tea', 2, :amount, '', 'reserved', :number, "
    ":until, :now)"
)


class Payments:
    """`POST /payment`."""

    name = "payments"
    main = True
    profiles: ClassVar[Mapping[str, Profile]] = applications.PROFILES | {
        "single": Profile({"PAYMENT_RETRY_ATTEMPTS": "1"}, budget=3 * 3)
    }
    write = r"INSERT INTO payments\b"
    read = r"FROM payment_requests\b"
    alive = "/health/live"
    healthy = "/health"
    retries = r'"payments\.(retry|commit_unknown|refused)"|"db\.(state|retry)"|"level":"error"'
    envelope = True
    patient = True
    transitions: Mapping[str, Sequence[str]] = {
        "": ["pending"],
        "pending": ["failed", "succeeded", "refund_due"],
        "failed": ["succeeded", "refund_due"],
        "succeeded": [],
        "refund_due": ["refunded"],
        "refunded": [],
    }

    def install(self, database_url: str) -> None:
        applications.migrate(database_url)

    def launch(self, database_url: str, port: int, settings: Mapping[str, str]) -> Launch:
        secret = {"PAYMENT_WEBHOOK_SECRET": payments_cases.SECRET}
        return applications.launch(database_url, port, secret | dict(settings))

    def outbox(self, database_url: str, notification_url: str) -> Launch:
        """The worker that sends what is due, once, to this notification service."""
        command = [sys.executable, "-m", "flask", "--app", "backend", "worker", "--once"]
        return Launch(
            command, applications.environment(database_url, NOTIFICATION_URL=notification_url), applications.ROOT
        )

    def prepare(self, service_url: str, sql: Connection, count: int) -> list[Operation]:
        """So many reserved orders of one user."""
        return self.orders_of("payer", service_url, sql, count)

    def orders_of(self, name: str, service_url: str, sql: Connection, count: int) -> list[Operation]:
        """The same of somebody whose code begins with this name."""
        user = applications.User(service_url, name)
        now = datetime.now(UTC).replace(tzinfo=None)
        rows = [
            {
                "number": f"{now:%Y%m%d}{secrets.token_hex(8)}",
                "user_id": user.id,
                "amount": AMOUNT,
                "now": now,
                "until": now + timedelta(hours=2),
            }
            for _ in range(count)
        ]
        after = sql.execute(text("SELECT COALESCE(MAX(id), 0) FROM orders")).scalar_one()
        sql.execute(NEW_ORDER, rows)
        return [_operation(row["number"], user, after) for row in rows]

    def request(self, operation: Operation, key: str | None) -> Outgoing:
        headers = operation.facts["user"].headers | ({"Idempotency-Key": key} if key else {})
        body = {"order_id": operation.id, "amount": AMOUNT / 100}
        return Outgoing("POST", "/payment", body, headers)

    def snapshot(self, sql: Connection, operations: Sequence[Operation]) -> DatabaseSnapshot:
        return payments_snapshot.read(sql, operations)

    def cases(self) -> list[Spec]:
        return [*payments_twins.SPECS, *payments_cases.SPECS, *payments_outbox.SPECS]


def _operation(number: str, user: applications.User, after: int) -> Operation:
    look = Outgoing("GET", f"/payment/{number}", headers=user.headers)
    return Operation(number, AMOUNT, look, {"user": user, "after": after}, user.code)


ADAPTER = Payments()
