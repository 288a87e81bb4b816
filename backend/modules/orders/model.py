"""An order, as the database keeps it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import clock
from backend.core.columns import ID, exact
from backend.core.db import Base
from backend.modules.orders.states import Status


class Order(Base):
    """`state` is what was decided; `status` is what holds now. Product name and amount are those of the moment of ordering."""

    __tablename__ = "orders"

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

    @property
    def status(self) -> Status:
        expired = self.state == "reserved" and self.reserved_until <= clock.utcnow()
        return "expired" if expired else self.state

    @property
    def notified(self) -> bool:
        return self.notified_at is not None
