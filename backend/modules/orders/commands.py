"""The command to place an order, and the number under which the partners know it."""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass

from backend.core import clock, settings

DIGITS = 16


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """What a user orders; `key` is the client's idempotency key, if there is one."""

    user_id: int
    product_id: str
    quantity: int
    note: str
    key: str | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for two requests of a user with equal values, whatever their keys."""
        values = {name: value for name, value in asdict(self).items() if name != "key"}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def new_number() -> str:
    """The day, for people, and 64 random bits, so that nobody guesses it. Payment services take it as it is."""
    return f"{_today()}{secrets.token_hex(DIGITS // 2)}"


def number_of_key(command: PlaceOrder) -> str:
    """The number of the order under this key: the same for every repeat on that day, and as hard to guess as a random one."""
    secret = settings.current().jwt_secret.get_secret_value()
    text = f"orders {command.user_id} {command.key} {command.fingerprint}"
    return f"{_today()}{hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:DIGITS]}"


def _today() -> str:
    return f"{clock.utcnow():%Y%m%d}"
