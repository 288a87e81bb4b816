"""Tells users what became of their payments: each state of a payment is a job in the transaction of the change.

The jobs of one payment are a group, so its user reads what happened in the order in which it happened: a later message waits until
an earlier one is delivered or given up as dead.
"""

from dataclasses import replace
from typing import get_args

from backend.core import jobs
from backend.core.deadline import Deadline
from backend.core.http import registry
from backend.core.http.errors import RemoteError
from backend.core.jobs import Job, JobKind
from backend.core.jobs.job import ten_attempts
from backend.core.retry import RetryPolicy
from backend.modules.payments import settings
from backend.modules.payments.model import Payment
from backend.modules.payments.states import Status

PATH = "/internal/notification/send"
DONE = range(200, 300)
BATCH = 10
SPARE = 3  # seconds that sending a message may take longer than its deadline
NAMES: dict[Status, str] = {status: f"payment.{status}" for status in get_args(Status)} | {"pending": "payment.created"}


def append(payment: Payment) -> None:
    """Tell the user of the payment's present state, once this transaction is committed."""
    message = {"user_id": payment.user_id, "order_number": payment.order_number}
    jobs.enqueue(NAMES[payment.status], message, group=f"payment-{payment.id}")


def retries() -> RetryPolicy:
    """When a message that could not be sent is tried again, and how often until it is given up as dead."""
    return replace(ten_attempts(), attempts=settings.current().outbox_attempts)


def send(job: Job) -> None:
    """Send a message to the notification service. No connection to the database is held meanwhile."""
    user_id, order_number = job.payload["user_id"], job.payload["order_number"]
    registry.client("notification").call(
        "POST",
        PATH,
        json={"userId": str(user_id), "kind": job.kind.name, "orderId": order_number},
        expected=DONE,
        deadline=Deadline(settings.current().service_deadline_seconds),
        idempotency_key=f"{order_number}-{job.kind.name}",
    )


def kinds() -> list[JobKind]:
    """A kind of job for each kind of message. Without the service's address nobody can be told anything, so messages wait."""
    return [
        JobKind(
            name,
            send,
            retries=retries,
            lease_seconds=lambda: settings.current().service_deadline_seconds + SPARE,
            batch=BATCH,
            enabled=lambda: bool(settings.current().notification_url),
            expected=(RemoteError,),
        )
        for name in NAMES.values()
    ]
