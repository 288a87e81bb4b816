"""An order, as the database keeps it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import clock
from backend.core.db import Base
from backend.core.db.columns import ID, exact
from backend.core.idempotency import LONGEST
from backend.modules.orders.states import Status


class Order(Base):
    """`state` is stored; `status` is the state by now, which may be `expired`. Product name and amount are those when it was ordered.

    `idempotency_key` is the client's, if it gave one, and `fingerprint` what was asked for under it.
    """

    __tablename__ = "orders"
    __table_args__ = (  # the key first: MySQL 9.6 skips a foreign key whose index has a NULL behind it
        Index("uq_orders_idempotency_key_user_id", "idempotency_key", "user_id", unique=True),
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    number: Mapped[str] = mapped_column(exact(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    product_id: Mapped[str] = mapped_column(exact(64))
    product_name: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int] = mapped_column(Integer)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[Status] = mapped_column(String(16), default="reserved")
    reservation_id: Mapped[str] = mapped_column(exact(128))
    reserved_until: Mapped[datetime]
    notified_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)
    idempotency_key: Mapped[str | None] = mapped_column(exact(LONGEST))
    fingerprint: Mapped[str | None] = mapped_column(String(64))

    @property
    def status(self) -> Status:
        expired = self.state == "reserved" and self.reserved_until <= clock.utcnow()
        return "expired" if expired else self.state

    @property
    def notified(self) -> bool:
        return self.notified_at is not None
