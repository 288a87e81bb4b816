"""The life of a payment, as a table: which state may follow which.

A payment that failed may still succeed: the user tries once more with the payment service, under the same order. Money that
came for an order which could be paid no longer makes `refund_due`, and `refunded` once a person has given it back.
"""

from typing import Literal, get_args

Status = Literal["pending", "failed", "succeeded", "refund_due", "refunded"]
STATUSES: tuple[Status, ...] = get_args(Status)
Reported = Literal["succeeded", "failed"]
TransactionStatus = Literal["settled", "refund_due", "refunded"]  # of one transaction of the payment service

TRANSITIONS: dict[Status, frozenset[Status]] = {
    "pending": frozenset({"failed", "succeeded", "refund_due"}),
    "failed": frozenset({"succeeded", "refund_due"}),
    "succeeded": frozenset(),
    "refund_due": frozenset({"refunded"}),
    "refunded": frozenset(),
}


def may_become(present: Status, wanted: Status) -> bool:
    """Whether a payment that is `present` may become `wanted`; a late or repeated notification may ask for a change that is not allowed."""
    return wanted in TRANSITIONS[present]
