"""Whether the books add up: what each account holds of each payment, beside what its state says. Repairs what can be derived."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from backend.core.db.transactions import run_unit
from backend.modules.payments import ledger, service
from backend.modules.payments.repository import Account

PAGE = 1000  # payments that are read in one statement


class Imbalance(NamedTuple):
    """An account that does not hold what the state of a payment says."""

    payment_id: int
    order_number: str
    status: str
    account: str
    holds: int
    should_hold: int


def imbalances() -> Iterator[Imbalance]:
    """Every one there is. A payment that is pending has an open receivable, no other one has."""
    after = 0
    while page := run_unit(partial(service.entries.accounts, after, PAGE), commit=False, replay=True):
        for account in page:
            yield from _compared(account)
        after = page[-1].payment_id


def _compared(found: Account) -> Iterator[Imbalance]:
    wanted = ledger.balances(found.status, found.amount_fen, found.kept, found.due)
    for name, amount in wanted.items():
        if found.holds[name] != amount:
            yield Imbalance(found.payment_id, found.order_number, found.status, name, found.holds[name], amount)


def repair(payment_id: int) -> bool:
    """Add the postings, and the transaction, that the state of this payment asks for; returns whether any was missing.

    For payments that an earlier version has written. Whatever else is wrong stays, for a person to look at.
    """
    return run_unit(lambda: _repaired(payment_id), commit=True, replay=True)


def _repaired(payment_id: int) -> bool:
    payment = service.payments.lock_by(id=payment_id)
    if payment is None:
        return False
    missing = ledger.missing(payment.status, service.entries.booked(payment_id))
    for posting in missing:
        service.entries.append(*ledger.entries(payment_id, posting, payment.amount_fen))
    status = {"succeeded": "settled"}.get(payment.status, payment.status)
    unknown = "settled" in ledger.OF_STATUS[payment.status] and not service.transactions.count(
        payment_id=payment_id, number=1
    )
    if unknown:
        service.transactions.create(payment_id=payment_id, number=1, amount_fen=payment.amount_fen, status=status)
    return bool(missing) or unknown
