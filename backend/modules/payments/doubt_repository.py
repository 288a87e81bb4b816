"""Every query about payments in doubt."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select

from backend.core.db.purging import purge
from backend.core.db.repository import Repository
from backend.modules.payments.model import Payment, PaymentDoubt


class Doubt(NamedTuple):
    """A payment in doubt; `payment_id` is None if it is not stored."""

    id: int
    order_number: str
    amount_fen: int
    user_id: int
    created_at: datetime
    payment_id: int | None


class DoubtRepository(Repository[PaymentDoubt]):
    model = PaymentDoubt

    def unresolved(self, after: int, limit: int) -> Sequence[Doubt]:
        """Those whose payment is not stored, or pending still, by id, behind that of `after`."""
        table = PaymentDoubt
        columns = (table.id, table.order_number, table.amount_fen, table.user_id, table.created_at, Payment.id)
        query = select(*columns).outerjoin(Payment, Payment.order_number == table.order_number)
        query = query.where(table.id > after, or_(Payment.id.is_(None), Payment.status == "pending"))
        return [Doubt(*row) for row in self.session.execute(query.order_by(table.id).limit(limit))]

    def purge(self, before: datetime) -> int:
        """Delete those from before that moment; gives their number. Commits in steps."""
        return purge(PaymentDoubt, PaymentDoubt.created_at < before)
