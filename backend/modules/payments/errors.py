"""What can go wrong with payments."""

from typing import ClassVar

from backend.core.db.commit_recovery import OutcomeError
from backend.core.errors import ConflictError, InvalidInputError, NotFoundError
from backend.core.texts import _


class PaymentNotFoundError(NotFoundError):
    """There is no such payment, or it is another user's: the answer does not tell which."""

    msg = _("There is no such payment.")


class PaymentExistsError(ConflictError):
    """The order has a payment already, with another amount."""

    msg = _("This order has a payment with another amount already.")


class WrongAmountError(InvalidInputError):
    """The amount is not the order's."""

    def __init__(self) -> None:
        problem = {"loc": ["body", "amount"], "msg": _("This is not what the order costs."), "type": "wrong_amount"}
        super().__init__([problem])


class NotificationConflictError(ConflictError):
    """A notification contradicts what is known: another amount, or an event id that stands for something else."""

    msg = _("The notification contradicts the payment.")


class PaymentUnavailableError(OutcomeError):
    """The database was interrupted. `data.outcome` says whether the payment may have been stored."""

    messages: ClassVar = {
        "not_saved": _("The database is not available; nothing was saved. Try again."),
        "unknown": _(
            "The database was interrupted, and the payment may have been saved. Try again: it is saved once at most."
        ),
    }
