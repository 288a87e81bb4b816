"""The command to open the payment of an order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A request to pay. Its key is the client's, or made of the order where the client gave none."""

    user_id: int
    order_number: str
    amount_fen: int
    idempotency_key: str

    @property
    def key_is_the_clients(self) -> bool:
        return self.idempotency_key.startswith("key:")
