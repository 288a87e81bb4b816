"""What can go wrong with orders."""

from typing import ClassVar

from backend.core.db.commit_recovery import OutcomeError
from backend.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from backend.core.texts import _


class OrderNotFoundError(NotFoundError):
    """There is no such order, or it is another user's: the answer does not tell which."""

    msg = _("There is no such order.")


class NotAuthorizedError(ForbiddenError):
    """The user service does not let this user order."""

    code = "order_not_allowed"
    msg = _("You are not allowed to order.")


class UnknownProductError(InvalidInputError):
    """The inventory does not know the product."""

    def __init__(self) -> None:
        super().__init__([{"loc": ["body", "product_id"], "msg": _("There is no such product."), "type": "unknown"}])


class OutOfStockError(ConflictError):
    """The inventory has fewer than were ordered."""

    msg = _("There are not so many of this product in stock.")


class OrderStateError(ConflictError):
    """The order's state does not allow this change."""

    code = "order_state_conflict"


class OrderUnavailableError(OutcomeError):
    """The database was interrupted. `data.outcome` says whether the order may have been stored."""

    messages: ClassVar = {
        "not_saved": _("The database is not available; nothing was saved. Try again."),
        "unknown": _(
            "The database was interrupted, and the order may have been saved. Look at your orders before you try "
            "again; with an Idempotency-Key just try again: it is saved once at most."
        ),
    }
