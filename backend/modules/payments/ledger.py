"""The postings of a payment, each of two entries whose sum is zero. Debits are positive, credits negative, in fen."""

from collections.abc import Collection
from typing import Literal

from backend.modules.payments.states import Status

Posting = Literal["opened", "reversed", "reopened", "settled", "owed", "surplus", "refunded"]
POSTINGS: dict[Posting, tuple[str, str]] = {  # posting: the account that is debited, the one that is credited
    "opened": ("receivable", "sales"),
    "reversed": ("sales", "receivable"),  # the payment has failed: nobody owes anything
    "reopened": ("receivable", "sales"),  # it has succeeded nevertheless
    "settled": ("cash", "receivable"),
    "owed": ("sales", "refunds_payable"),  # its order can no longer be paid
    "surplus": ("cash", "refunds_payable"),  # money came once more
    "refunded": ("refunds_payable", "cash"),
}
OF_STATUS: dict[Status, tuple[Posting, ...]] = {  # what the first transaction of a payment has been booked as
    "pending": ("opened",),
    "failed": ("opened", "reversed"),
    "succeeded": ("opened", "settled"),
    "refund_due": ("opened", "settled", "owed"),
    "refunded": ("opened", "settled", "owed", "refunded"),
}
PLACED = ("pending", "succeeded")  # while a payment is one of these, there is a sale


def entries(payment_id: int, posting: Posting, amount_fen: int, number: int = 1) -> list[dict[str, object]]:
    """The rows of one posting; `number` counts the transactions of the payment, from 1."""
    debited, credited = POSTINGS[posting]
    place = {"payment_id": payment_id, "posting": posting if number == 1 else f"{posting}-{number}"}
    return [
        place | {"account": debited, "amount_fen": amount_fen},
        place | {"account": credited, "amount_fen": -amount_fen},
    ]


def balances(status: Status, amount_fen: int, kept: int, due: int) -> dict[str, int]:
    """What the accounts hold of a payment of which so much money was kept, and so much of that has to be given back."""
    return {
        "receivable": amount_fen if status == "pending" else 0,
        "sales": -amount_fen if status in PLACED else 0,
        "cash": kept,
        "refunds_payable": -due,
    }


def missing(status: Status, booked: Collection[str]) -> list[Posting]:
    """The postings of a payment's first transaction that are not booked yet."""
    wanted = list(OF_STATUS[status])
    if "reversed" in booked and status != "failed":
        wanted.append("reopened")
    return [posting for posting in wanted if posting not in booked]
