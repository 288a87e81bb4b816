"""The two postings of a payment, each of two entries whose sum is zero. Debits are positive, credits negative, in fen."""

from typing import Literal

Posting = Literal["opened", "settled"]
POSTINGS: dict[Posting, tuple[str, str]] = {  # posting: the account that is debited, the one that is credited
    "opened": ("receivable", "sales"),
    "settled": ("cash", "receivable"),
}


def entries(payment_id: int, posting: Posting, amount_fen: int) -> list[dict[str, object]]:
    """The rows of one posting."""
    debited, credited = POSTINGS[posting]
    place = {"payment_id": payment_id, "posting": posting}
    return [
        place | {"account": debited, "amount_fen": amount_fen},
        place | {"account": credited, "amount_fen": -amount_fen},
    ]
