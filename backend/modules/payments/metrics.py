"""What the metrics say of payments: counters of what should not happen, and what waits when somebody asks."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Counter
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from backend.core import clock
from backend.modules.payments.repository import PaymentRepository, TransactionRepository

REFUNDS_DUE = Counter(
    "payments_refunds_due_total", "Transactions whose money has to be given back, by reason.", ["reason"]
)
CONFLICTS = Counter(
    "payment_notification_conflicts_total", "Notifications that contradict what is known, by what.", ["what"]
)
UNKNOWN = Counter("payments_unknown_total", "Payments whose client was told that they may have been stored.")
PREVIOUS_SECRET = Counter(
    "payment_notifications_previous_secret_total", "Notifications that were signed with a previous secret."
)


def readings() -> Iterator[Metric]:
    """The refunds that are due, and since when the oldest payment is pending. Messages that wait are in core's `jobs`."""
    yield _gauge(
        "payments_refunds_waiting", "Refunds that are due.", TransactionRepository().count(status="refund_due")
    )
    pending = PaymentRepository().oldest_pending()
    yield _gauge("payments_oldest_pending_seconds", "Age of the oldest pending payment.", _age(pending))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _age(moment: datetime | None) -> float:
    """Seconds since then; 0 if there is none."""
    return max(0.0, (clock.utcnow() - moment).total_seconds()) if moment else 0.0
