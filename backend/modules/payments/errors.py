"""What can go wrong with payments."""

from typing import Literal

from backend.core.errors import ConflictError, InvalidInputError, NotFoundError, ServiceUnavailableError


class PaymentNotFoundError(NotFoundError):
    """There is none, or it belongs to somebody else: nobody learns which."""

    msg = "There is no such payment."


class PaymentExistsError(ConflictError):
    """The order has a payment already, with another amount."""

    msg = "This order has a payment with another amount already."


class PaymentInProgressError(ConflictError):
    """A twin of the request is being worked on."""

    msg = "Somebody is at this order right now, perhaps a twin of this request; try again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class KeyReusedError(InvalidInputError):
    """The idempotency key belongs to another request."""

    def __init__(self) -> None:
        super().__init__(
            [_problem("header", "Idempotency-Key", "This key was used for another payment.", "key_reused")]
        )


class BadKeyError(InvalidInputError):
    """The idempotency key cannot be one."""

    def __init__(self) -> None:
        msg = "A key has 1 to 128 of the characters A-Z a-z 0-9 . _ : - and may stand in quotation marks."
        super().__init__([_problem("header", "Idempotency-Key", msg, "bad_key")])


class WrongAmountError(InvalidInputError):
    """The order costs something else."""

    def __init__(self) -> None:
        super().__init__([_problem("body", "amount", "This is not what the order costs.", "wrong_amount")])


class NotificationConflictError(ConflictError):
    """A notification contradicts what is known: another amount, or an event id that stands for something else."""

    msg = "The notification contradicts the payment."


class PaymentUnavailableError(ServiceUnavailableError):
    """The database was interrupted. `data.outcome` says whether the payment may have been stored nevertheless."""

    def __init__(self, outcome: Literal["not_saved", "unknown"]) -> None:
        super().__init__(MESSAGES[outcome], data={"outcome": outcome})


MESSAGES = {
    "not_saved": "The database is not available; nothing was saved. Try again.",
    "unknown": "The database was interrupted, and the payment may have been saved. Try again: it is saved once at most.",
}


def _problem(where: str, name: str, msg: str, kind: str) -> dict[str, object]:
    return {"loc": [where, name], "msg": msg, "type": kind}
